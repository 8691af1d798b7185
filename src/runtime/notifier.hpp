// Callbacks of users, one at a time and in order, on the node's executor.
#pragma once

#include <conclave/detail/engine.hpp>
#include <conclave/detail/hold.hpp>
#include <conclave/member.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

namespace conclave::runtime {

class subscriber final : public detail::subscription_state {
 public:
  explicit subscriber(std::function<void(const member_event&)> callback)
      : callback_(std::move(callback)) {}

  void deliver(const member_event& event);
  void end() noexcept override;
  [[nodiscard]] bool ended();

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  bool ended_ = false;
  std::thread::id calling_;  // the thread that is in the callback; none: nobody is
  std::function<void(const member_event&)> callback_;
};

// Thread-safe. Its mutex is never held while user code runs.
class notifier : public std::enable_shared_from_this<notifier> {
 public:
  explicit notifier(std::size_t events_max) : events_max_(events_max) {}

  [[nodiscard]] std::shared_ptr<subscriber> subscribe(
      std::function<void(const member_event&)> callback);
  [[nodiscard]] bool has_subscribers() const;

  void add(member_event event, const boost::asio::any_io_executor& executor);
  // Stop will be requested: a loss is never dropped.
  void add(std::shared_ptr<detail::hold> lost, const boost::asio::any_io_executor& executor);

  // Drops the events and tells the losses here and now: the executor is about to go.
  void close();
  // Drops both, and whoever listens.
  void abandon();

  [[nodiscard]] std::uint64_t events_dropped() const;

 private:
  using notice = std::variant<member_event, std::shared_ptr<detail::hold>>;

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
