// Jobs by the period.
#include "runtime/job_periods.hpp"

#include <conclave/election.hpp>
#include <conclave/error.hpp>
#include <conclave/run_once_per.hpp>
#include <conclave/run_while_held.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace conclave {

namespace asio = boost::asio;

namespace {

using std::chrono::nanoseconds;

// The wall clock may be set meanwhile: it is looked at as often as this.
constexpr nanoseconds look_every = std::chrono::milliseconds(500);
// When the voters refuse, or there are too few.
constexpr nanoseconds try_again_after = std::chrono::seconds(1);

bool is_final(boost::system::error_code error) {
  return error == errc::leaving || error == errc::superseded || error == errc::observer ||
         error == errc::cancelled || error == asio::error::operation_aborted;
}

}  // namespace

class job_state {
 public:
  job_state(node& owner, std::string_view name, nanoseconds period, job work,
            const job_options& options)
      : engine_(owner.engine()),
        election_(owner, name),
        periods_(period, options.clocks_within),
        work_(std::move(work)),
        executor_(options.executor ? options.executor : owner.get_executor()) {}

  static void start(const std::shared_ptr<job_state>& self) {
    asio::co_spawn(
        self->executor_, lead(self),
        asio::bind_cancellation_slot(
            self->stop_.slot(), [self](const std::exception_ptr& failed) { self->ended(failed); }));
  }
  // From any thread.
  static void stop(const std::shared_ptr<job_state>& self) {
    asio::post(self->executor_, [self] { self->stop_.emit(asio::cancellation_type::terminal); });
  }

 private:
  static asio::awaitable<void> lead(std::shared_ptr<job_state> self) {
    while (true) {
      auto [error, held] =
          co_await self->election_.async_campaign(asio::as_tuple(asio::use_awaitable));
      if (is_final(error)) {
        co_return;
      }
      if (error) {
        co_await self->sleep(try_again_after);
      } else {
        co_await self->run_periods(held);
      }
    }
  }

  // Until the lock is lost.
  asio::awaitable<void> run_periods(grant& held) {
    periods_.take_over(wall());
    while (held.valid()) {
      const std::optional<nanoseconds> due = periods_.take_due(wall());
      if (!due) {
        co_await sleep(std::min(look_every, periods_.until_next(wall())));
        continue;
      }
      const job_run one{.due = time_point(*due), .token = held.token()};
      try {
        co_await run_while_held(held, work_(one));
      } catch (const boost::system::system_error& thrown) {
        if (thrown.code() != errc::lock_lost) {
          throw;
        }
      }
    }
  }

  asio::awaitable<void> sleep(nanoseconds length) {
    const auto start = [this, length](auto handler) {
      const detail::executor_pin pin(*engine_);
      engine_->sleep(length, detail::erase(std::move(handler), pin.executor()));
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code)>(
        start, asio::use_awaitable);
  }

  void ended(const std::exception_ptr& failed) {
    if (!failed) {
      return;
    }
    try {
      std::rethrow_exception(failed);
    } catch (const boost::system::system_error& thrown) {
      if (!is_final(thrown.code())) {
        throw;
      }
    }
  }

  [[nodiscard]] nanoseconds wall() const {
    return nanoseconds(static_cast<std::int64_t>(engine_->wall_ns()));
  }
  static std::chrono::system_clock::time_point time_point(nanoseconds since_1970) {
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(since_1970));
  }

  std::shared_ptr<detail::engine> engine_;
  election election_;
  runtime::job_periods periods_;
  job work_;
  asio::any_io_executor executor_;
  asio::cancellation_signal stop_;
};

scheduled_job::scheduled_job(std::shared_ptr<job_state> state) noexcept
    : state_(std::move(state)) {}

scheduled_job& scheduled_job::operator=(scheduled_job&& other) noexcept {
  if (this != &other) {
    const scheduled_job ended(std::move(*this));
    state_ = std::move(other.state_);
  }
  return *this;
}

scheduled_job::~scheduled_job() {
  if (state_) {
    job_state::stop(state_);
  }
}

scheduled_job run_once_per(node& owner, std::string_view name, nanoseconds period, job work,
                           const job_options& options) {
  if (options.clocks_within < nanoseconds(0) || period <= options.clocks_within) {
    throw boost::system::system_error(
        make_error_code(errc::invalid_config),
        "period is " + std::to_string(period.count()) + " ns and clocks_within is " +
            std::to_string(options.clocks_within.count()) +
            " ns; clocks_within is 0 or more, and less than the period");
  }
  auto state = std::make_shared<job_state>(owner, name, period, std::move(work), options);
  job_state::start(state);
  return scheduled_job(std::move(state));
}

}  // namespace conclave
