// The shell of one real node: gives the pure core its datagrams, its time and its users' wishes,
// and does what it asks for. No rule of the protocol is here.
//
//   socket readable --+                                  +--> sendto
//   timer fired ------+--> mutex --> core::node --> obey +--> holds, log, callbacks
//   any user's thread +                                  +--> completions, once the mutex is free
//
// One mutex guards the core and the socket, instead of a strand: whoever wants a lock sends its
// frames on its own thread, without waking another first, and close() is done when it returns.
// User code never runs while the mutex is held.
#pragma once

#include "node/node.hpp"
#include "runtime/inquiries.hpp"
#include "runtime/notifier.hpp"
#include "runtime/outcomes.hpp"
#include "runtime/report_log.hpp"
#include "runtime/seed_resolver.hpp"
#include "runtime/settled_view.hpp"
#include "runtime/surroundings.hpp"

#include <conclave/config.hpp>
#include <conclave/detail/engine.hpp>
#include <conclave/detail/hold.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <spdlog/logger.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace conclave::runtime {

class shell final : public detail::engine,
                    public io_events,
                    public std::enable_shared_from_this<shell> {
 public:
  // Opens and binds the socket; throws as the constructors of conclave::node do. Nothing is read
  // before join(). close() must come before the executor's end. `keep_alive`: what the executor
  // refers to, where it belongs to the node; else null.
  shell(const boost::asio::any_io_executor& executor, std::shared_ptr<void> keep_alive,
        config settings, std::shared_ptr<spdlog::logger> logger);
  ~shell() override;

  // shell.cpp
  [[nodiscard]] std::int64_t now_ns() const noexcept override;
  [[nodiscard]] std::uint64_t wall_ns() const override { return surroundings_->wall_ns(); }
  void sleep(std::chrono::nanoseconds length, plain_completion done) override;
  [[nodiscard]] boost::asio::any_io_executor executor() const override;
  [[nodiscard]] boost::asio::any_io_executor pin() override;
  void unpin() noexcept override;
  [[nodiscard]] bool blocking_would_deadlock() const override;
  void catch_up() override;

  // shell_locks.cpp
  void lock(detail::lock_wish wish, const detail::request_key& key, lock_completion done) override;
  void lock(detail::locks_wish wish, const detail::request_key& key,
            std::unique_ptr<detail::completion<std::vector<grant>>> done) override;
  void cancel(std::uint64_t request) override;
  void release(const detail::hold& released) override;
  [[nodiscard]] bool downgrade(detail::hold& held) override;
  [[nodiscard]] std::chrono::nanoseconds lease_ttl() const override { return settings_.lease_ttl; }
  [[nodiscard]] std::shared_ptr<runtime::kept_hold> kept_hold_of(const std::string& name) override;
  void release_kept(runtime::kept_hold& kept, std::uint64_t opening) override;
  [[nodiscard]] std::shared_ptr<detail::hold> claim_kept(
      const std::shared_ptr<const detail::lock_target>& target, std::uint64_t opening,
      std::uint64_t token) override;

  // shell_joining.cpp
  void join(std::chrono::nanoseconds patience, plain_completion done) override;
  void leave(plain_completion done) override;
  void close() noexcept override;
  void abandon() noexcept override;

  // shell_views.cpp
  [[nodiscard]] member self() const override;
  [[nodiscard]] std::vector<member> members() const override;
  [[nodiscard]] conclave::roster roster() const override;
  [[nodiscard]] std::string local_address() const override;
  [[nodiscard]] node_counters counters() const override;
  void set_metadata(std::string metadata) override;
  [[nodiscard]] std::shared_ptr<detail::subscription_state> subscribe(
      std::function<void(const member_event&)> callback) override;
  [[nodiscard]] std::shared_ptr<detail::subscription_state> subscribe_settled(
      std::chrono::nanoseconds settle_time,
      std::function<void(const std::vector<member_event>&)> callback) override;
  [[nodiscard]] std::string explain(boost::system::error_code error) const override;

  // shell_inquiries.cpp
  void explain_lock(std::string name, std::chrono::nanoseconds patience, explained done) override;
  void list_locks(std::chrono::nanoseconds patience, listed done) override;
  [[nodiscard]] std::shared_ptr<detail::subscription_state> observe(
      std::string name, std::function<void(const lock_holder&)> callback) override;
  [[nodiscard]] std::vector<std::string> voters_of(const std::string& lock) const override;
  // Somebody who watched this lock does no longer.
  void forget_observers(const std::string& lock);

  // shell.cpp: the port and the timer call back.
  void on_readable() override;
  void on_timer() override;

 private:
  enum class phase : std::uint8_t { idle, resolving, running, leaving, left };

  // All that lives on the executor, apart from handlers.
  struct io {
    std::unique_ptr<datagram_port> port;
    std::unique_ptr<alarm> timer;
  };
  struct waiting_lock {
    std::shared_ptr<const detail::lock_target> target;
    lock_completion done;
    bool shared = false;
    std::uint32_t permits = 0;
  };
  struct lock_observer {
    std::shared_ptr<subscriber_of<lock_holder>> who;
    std::optional<lock_holder> told;
  };
  // How writing peers goes, which another thread does.
  struct peers_store {
    std::mutex mutex;
    bool under_way = false;
    std::string error;  // of the last try; empty: none
  };
  struct waiting_until {
    core::instant until;
    plain_completion done;
  };

  // The frame of every event: the mutex, then `work(due, now)`, then what the core asked for, the
  // timer, and outside of the mutex what it means for users.
  template <class Work>
  void enter(detail::invocation how, Work work);

  [[nodiscard]] core::instant now() const noexcept { return surroundings_->now(); }
  [[nodiscard]] boost::asio::any_io_executor executor_or_system() const;
  void wait_readable();
  void wait_timer();
  // Takes datagrams off the socket and hands them to the core. True when none are left.
  bool drain(std::size_t datagrams_max, outcomes& due);
  void hear_and_tick(outcomes& due);
  void tick_if_due(core::instant now, outcomes& due);
  void arm_timer();

  void obey(outcomes& due);
  template <class Action>
  void obey_one(const Action& asked, outcomes& due);
  void send(const core::send& frame);
  void grant_lock(const core::granted& given, outcomes& due);
  void lose_lock(const core::lost& gone, outcomes& due);
  void fail_lock(const core::failed& refused, outcomes& due);
  void tell_change(const core::member_changed& change);
  void note_settled(settled_view& view, const member& known, core::instant now) const;
  void drop_ended_views();
  void tell_settled(core::instant now);
  void tell_sighting(const core::observed& seen);
  void drop_ended(const std::string& lock);
  void ask_voters(inquiries::question asked, std::chrono::nanoseconds patience);
  void log_report(const core::report& said, outcomes& due);
  [[nodiscard]] member described(const core::belief& known) const;
  [[nodiscard]] bool runs() const { return phase_ == phase::running; }
  [[nodiscard]] errc why_not() const;

  void start_resolving(outcomes& due);
  void on_resolved(resolved_seeds found);
  void take_seeds(resolved_seeds found, outcomes& due);
  void start_core(std::vector<core::address> seeds, std::vector<core::address> former_peers);

  // shell_peers.cpp
  [[nodiscard]] std::vector<core::address> load_peers(outcomes& due);
  // All nodes may be given one list, so this node's own address can be among them.
  void leave_out_self(std::vector<core::address>& addresses) const;
  void expect_to_store_peers(core::instant now);
  void store_peers_if_due(core::instant now, outcomes& due);

  static void end_waits(std::vector<waiting_until>& all, core::instant by,
                        boost::system::error_code error, outcomes& due);
  void end_leaving(outcomes& due);

  const std::shared_ptr<void> keep_alive_;  // first, so that it goes last
  const std::shared_ptr<surroundings> surroundings_;
  lock_witness* const witness_ = surroundings_->witness();  // null when nobody watches
  const config settings_;
  const std::shared_ptr<spdlog::logger> logger_;
  const std::shared_ptr<notifier> notifier_;
  const std::uint64_t started_wall_ns_ = surroundings_->wall_ns();
  core::address bound_;
  core::address advertised_;

  mutable std::mutex mutex_;               // guards all below
  boost::asio::any_io_executor executor_;  // empty once closed
  std::optional<io> io_;                   // none once left or closed
  std::optional<core::node> core_;         // none until joining
  std::string metadata_;                   // until there is a core
  phase phase_ = phase::idle;
  int pins_ = 0;  // threads that start an operation or hand outcomes to executors
  std::condition_variable unpinned_;
  bool joined_ = false;
  bool departed_ = false;  // the core has said so in this event
  boost::unordered_flat_map<core::request_id, waiting_lock> waiting_;
  boost::unordered_flat_map<core::request_id, std::shared_ptr<detail::hold>> holds_;
  // By the lock's name. Those that nobody has any more are dropped when it has grown to twice what
  // was left of it the last time.
  boost::unordered_flat_map<std::string, std::weak_ptr<runtime::kept_hold>> kept_holds_;
  std::size_t kept_holds_max_ = 64;
  boost::unordered_flat_map<std::string, std::vector<lock_observer>> observers_;  // by lock
  std::vector<std::shared_ptr<settled_view>> settled_views_;
  inquiries inquiries_;
  std::vector<waiting_until> joins_;
  std::vector<waiting_until> sleeps_;
  std::vector<plain_completion> leaves_;
  std::vector<std::string> unresolved_;  // seeds
  core::instant store_peers_at_ = core::never;
  std::string stored_peers_;  // the text of the last try
  std::shared_ptr<peers_store> peers_store_ = std::make_shared<peers_store>();
  core::actions actions_;  // empty between events; kept for its capacity
  report_log reports_;
  std::uint64_t oversized_ = 0;  // datagrams; known by the socket while it is open
  std::uint64_t datagrams_received_ = 0;
  std::uint64_t datagrams_sent_ = 0;
  std::uint64_t sends_failed_ = 0;
};

template <class Work>
void shell::enter(detail::invocation how, Work work) {
  outcomes due;
  const bool pinned = how == detail::invocation::later;
  {
    const std::scoped_lock guard(mutex_);
    work(due, now());
    obey(due);
    if (departed_) {
      end_leaving(due);
    }
    arm_timer();
    if (due.empty()) {
      return;
    }
    pins_ += pinned ? 1 : 0;
  }
  due.deliver(how, logger_.get());
  if (pinned) {
    unpin();
  }
}

}  // namespace conclave::runtime
