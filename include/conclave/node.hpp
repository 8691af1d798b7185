// One member of the cluster: this process's part in membership and locks.
#pragma once

#include <conclave/config.hpp>
#include <conclave/counters.hpp>
#include <conclave/detail/completion.hpp>
#include <conclave/detail/engine.hpp>
#include <conclave/error.hpp>
#include <conclave/lease_clock.hpp>
#include <conclave/member.hpp>
#include <conclave/roster.hpp>
#include <conclave/subscription.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spdlog {
class logger;
}

namespace conclave {

namespace runtime {
class io_thread;
}

// Thread-safe, but for construction, destruction and moving. A node that was moved from can only be
// destroyed or assigned to.
//
// Executors: a node brings its own thread, or runs on an executor that it is given; somebody must
// run that one, with as many threads as they like, until the node is destroyed. Handlers run
// through their own executors, callbacks through the node's, none inside a call of this library and
// none while the library holds a lock. An exception out of a callback or a handler leaves through
// the executor that runs it; on the node's own thread it ends the process.
//
// Logging: goes to the logger that is given, else nowhere.
class node {
 public:
  using executor_type = boost::asio::any_io_executor;

  // How long join() waits for a seed to answer.
  static constexpr std::chrono::seconds join_patience{10};
  // How long explain() and locks() wait for voters that do not answer.
  static constexpr std::chrono::milliseconds explain_patience{1'000};

  // Opens and binds the socket. Throws boost::system::system_error: errc::invalid_config with the
  // rule that is broken, errc::address_invalid or errc::address_in_use with the address.
  explicit node(const config& settings, std::shared_ptr<spdlog::logger> logger = nullptr);
  node(boost::asio::any_io_executor executor, const config& settings,
       std::shared_ptr<spdlog::logger> logger = nullptr);
  template <std::derived_from<boost::asio::execution_context> Context>
  node(Context& context, const config& settings, std::shared_ptr<spdlog::logger> logger = nullptr)
      : node(boost::asio::any_io_executor(context.get_executor()), settings, std::move(logger)) {}
  // For the library: a node on another kind of world.
  explicit node(std::shared_ptr<detail::engine> engine) noexcept;

  node(node&& other) noexcept;
  node& operator=(node&& other) noexcept;
  // Leaves as leave() does, but waits for nobody: others may learn of it a lease later. All that is
  // under way completes with errc::leaving; blocked callers wake; holds are lost (shut_down).
  // Must come before the end of an executor that was given, as for any socket. On the node's own
  // executor, handlers that were due are run, and what waits for other things is destroyed.
  ~node();

  // Starts the node; returns once a seed has answered, at once when no other seed is configured.
  // Throws boost::system::system_error, errc::seed_unreachable, naming the seeds: when none
  // answered in time the node goes on trying; when no name could be resolved, and config.peers_file
  // has no addresses, it has not started, and join() may be called again. Names are resolved once.
  // When it is joined already: returns. errc::leaving after leave().
  void join(std::chrono::nanoseconds patience = join_patience);
  void join(boost::system::error_code& error, std::chrono::nanoseconds patience = join_patience);
  // Signature: void(boost::system::error_code). Errors as above; the log names the seeds. Can't be
  // cancelled; it ends within `patience` and the time that resolving takes.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token>
  auto async_join(std::chrono::nanoseconds patience, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        initiate_join{engine_, patience}, token);
  }
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token>
  auto async_join(Token&& token) {
    return async_join(join_patience, std::forward<Token>(token));
  }

  // Gives up all locks and says goodbye: waits until the voters know, half a second at most. The
  // socket is closed then, and lock operations fail with errc::leaving. There is no way back: a new
  // node is needed. Never fails; when it was called before, waits for the same.
  void leave();
  // Signature: void(boost::system::error_code), always without an error. Can't be cancelled.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token>
  auto async_leave(Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        initiate_leave{engine_}, token);
  }

  [[nodiscard]] member self() const;
  // All that are known, this node and the dead and left included, by name. Empty before join().
  [[nodiscard]] std::vector<member> members() const;
  [[nodiscard]] conclave::roster roster() const;
  // Where the socket is bound: "127.0.0.1:7401". The port is known from the construction on.
  [[nodiscard]] std::string local_address() const;
  // The time by the clock that this node's leases are measured with.
  [[nodiscard]] lease_clock::time_point now() const noexcept;
  [[nodiscard]] node_counters counters() const;
  [[nodiscard]] executor_type get_executor() const;

  // Asks the voters who has this lock and who waits for it, and puts it in words. Waits for at most
  // `patience`, for those that do not answer. Throws boost::system::system_error:
  // errc::invalid_lock_name, errc::not_joined, errc::leaving.
  [[nodiscard]] lock_explanation explain(
      std::string_view lock, std::chrono::nanoseconds patience = explain_patience) const;
  // Signature: void(boost::system::error_code, conclave::lock_explanation). Errors as above. Can't
  // be cancelled; it ends within `patience`.
  template <
      boost::asio::completion_token_for<void(boost::system::error_code, lock_explanation)> Token>
  auto async_explain(std::string_view lock, std::chrono::nanoseconds patience, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, lock_explanation)>(
        initiate_explain{engine_, std::string(lock), patience}, token);
  }
  // All locks that somebody has or waits for, by name. As explain().
  [[nodiscard]] std::vector<lock_listing> locks(
      std::chrono::nanoseconds patience = explain_patience) const;
  // Signature: void(boost::system::error_code, std::vector<conclave::lock_listing>). As
  // async_explain().
  template <
      boost::asio::completion_token_for<void(boost::system::error_code, std::vector<lock_listing>)>
          Token>
  auto async_locks(std::chrono::nanoseconds patience, Token&& token) {
    return boost::asio::async_initiate<Token,
                                       void(boost::system::error_code, std::vector<lock_listing>)>(
        initiate_locks{engine_, patience}, token);
  }

  // Free text that others see. Throws boost::system::system_error, errc::invalid_config: at most
  // 512 bytes.
  void set_metadata(std::string text);

  // Calls back for each change from now on, one at a time, in order, on the node's executor. To
  // miss nothing subscribe before join(), or before members().
  [[nodiscard]] subscription subscribe(std::function<void(const member_event&)> callback);
  // The same with flaps left out, many changes in a call: a change is told once nothing came after
  // it for `settle_time`, and who went and came back meanwhile is not told of at all; who was
  // restarted meanwhile is told of as `joined` once more, with its new boot. So `joined`, `died`,
  // `left` and `updated` of each member once a call; a suspicion is no change. First come
  // all others that are there, as `joined`: who does what each call says has them all, always.
  // However slow the callback is, nothing is dropped, and what has come meanwhile is in the next
  // call. With 0 nothing is waited for. Throws boost::system::system_error, errc::invalid_config:
  // `settle_time` below 0.
  [[nodiscard]] subscription subscribe_settled(
      std::chrono::nanoseconds settle_time,
      std::function<void(const std::vector<member_event>&)> callback);

  // For the library.
  [[nodiscard]] const std::shared_ptr<detail::engine>& engine() const noexcept { return engine_; }

 private:
  struct initiate_join {
    std::shared_ptr<detail::engine> engine;
    std::chrono::nanoseconds patience;

    template <class Handler>
    void operator()(Handler&& handler) {
      const detail::executor_pin pin(*engine);
      engine->join(patience, detail::erase(std::forward<Handler>(handler), pin.executor()));
    }
  };
  struct initiate_leave {
    std::shared_ptr<detail::engine> engine;

    template <class Handler>
    void operator()(Handler&& handler) {
      const detail::executor_pin pin(*engine);
      engine->leave(detail::erase(std::forward<Handler>(handler), pin.executor()));
    }
  };

  struct initiate_explain {
    std::shared_ptr<detail::engine> engine;
    std::string lock;
    std::chrono::nanoseconds patience;

    template <class Handler>
    void operator()(Handler&& handler) {
      const detail::executor_pin pin(*engine);
      engine->explain_lock(
          std::move(lock), patience,
          detail::erase<lock_explanation>(std::forward<Handler>(handler), pin.executor()));
    }
  };
  struct initiate_locks {
    std::shared_ptr<detail::engine> engine;
    std::chrono::nanoseconds patience;

    template <class Handler>
    void operator()(Handler&& handler) {
      const detail::executor_pin pin(*engine);
      engine->list_locks(patience, detail::erase<std::vector<lock_listing>>(
                                       std::forward<Handler>(handler), pin.executor()));
    }
  };

  void close() noexcept;

  std::unique_ptr<runtime::io_thread> thread_;  // null when an executor was given
  std::shared_ptr<detail::engine> engine_;
};

}  // namespace conclave
