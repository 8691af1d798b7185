// Callbacks of users, one at a time and in order, on the node's executor.
#pragma once

#include "runtime/settled_view.hpp"
#include "runtime/subscriber.hpp"

#include <conclave/detail/hold.hpp>
#include <conclave/lock_holder.hpp>
#include <conclave/member.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

namespace conclave::runtime {

using subscriber = subscriber_of<member_event>;

// What one observer of a lock is told.
struct holder_notice {
  std::shared_ptr<subscriber_of<lock_holder>> to;
  lock_holder seen;
};

// There is news of the members. What it is, is looked up when its turn comes.
struct settled_notice {
  std::shared_ptr<settled_view> to;
  std::weak_ptr<detail::engine> from;
};

// Thread-safe. Its mutex is never held while user code runs.
class notifier : public std::enable_shared_from_this<notifier> {
 public:
  explicit notifier(std::size_t events_max) : events_max_(events_max) {}

  [[nodiscard]] std::shared_ptr<subscriber> subscribe(
      std::function<void(const member_event&)> callback);
  [[nodiscard]] bool has_subscribers() const;

  // Both are dropped, and counted, when too many wait.
  void add(member_event event, const boost::asio::any_io_executor& executor);
  void add(holder_notice seen, const boost::asio::any_io_executor& executor);
  // Each view has one at a time, so none is dropped.
  void add(settled_notice news, const boost::asio::any_io_executor& executor);
  // Stop will be requested: a loss is never dropped.
  void add(std::shared_ptr<detail::hold> lost, const boost::asio::any_io_executor& executor);

  // Drops the events and tells the losses here and now: the executor is about to go.
  void close();
  // Drops both, and whoever listens.
  void abandon();

  [[nodiscard]] std::uint64_t events_dropped() const;

 private:
  using notice =
      std::variant<member_event, holder_notice, settled_notice, std::shared_ptr<detail::hold>>;

  template <class Event>
  void add_event(Event event, const boost::asio::any_io_executor& executor);

  [[nodiscard]] static bool is_counted(const notice& one);
  void post_run(const boost::asio::any_io_executor& executor);
  void run(const boost::asio::any_io_executor& executor);
  void tell(notice& one);

  mutable std::mutex mutex_;
  std::size_t events_max_;
  std::size_t events_waiting_ = 0;
  std::uint64_t events_dropped_ = 0;
  std::deque<notice> waiting_;
  bool running_ = false;  // a run is posted or under way: there is one at most
  bool closed_ = false;
  std::vector<std::shared_ptr<subscriber>> subscribers_;
};

}  // namespace conclave::runtime
