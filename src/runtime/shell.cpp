// The shell's event loop: socket, timer, and what the core asks for.
#include "runtime/shell.hpp"

#include "runtime/addresses.hpp"

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace conclave::runtime {

namespace {

namespace ip = boost::asio::ip;

// Handlers of users get their turn after so many datagrams.
constexpr std::size_t datagrams_per_turn = 64;
// The bound keeps a flood from holding the timers up.
constexpr std::size_t datagrams_before_timer = 4'096;

[[noreturn]] void throw_about(errc code, const std::string& text) {
  throw boost::system::system_error(make_error_code(code), text);
}

config validated(config settings) {
  if (const std::string broken = validate(settings); !broken.empty()) {
    throw_about(errc::invalid_config, broken);
  }
  for (const std::string& seed : settings.seeds) {
    if (!split_host_and_port(seed)) {
      throw_about(errc::address_invalid, "seeds has \"" + seed + "\"; write \"host:port\"");
    }
  }
  return settings;
}

ip::udp::endpoint endpoint_of(const char* setting, const std::string& text) {
  const auto parsed = parse_endpoint(text);
  if (!parsed) {
    throw_about(errc::address_invalid,
                std::string(setting) + " is \"" + text +
                    "\"; write \"IP:port\", as \"127.0.0.1:7401\" or \"[::1]:7401\"");
  }
  return *parsed;
}

std::unique_ptr<datagram_port> open_port(surroundings& around,
                                         const boost::asio::any_io_executor& executor,
                                         const config& settings) {
  try {
    return around.open_port(executor, endpoint_of("bind", settings.bind));
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::system::errc::address_in_use) {
      throw_about(errc::address_in_use, "bind is \"" + settings.bind + "\"");
    }
    if (error.code().category() == error_category()) {
      throw;
    }
    throw_about(errc::address_invalid,
                "bind is \"" + settings.bind + "\" (" + error.code().message() + ")");
  }
}

core::address advertised_address(const config& settings, const core::address& bound) {
  const bool elsewhere = !settings.advertise.empty();
  const ip::udp::endpoint said =
      endpoint_of(elsewhere ? "advertise" : "bind", elsewhere ? settings.advertise : settings.bind);
  if (said.address().is_unspecified()) {
    throw_about(errc::address_invalid,
                "others can't reach \"" + (elsewhere ? settings.advertise : settings.bind) +
                    "\"; set `advertise` to the address that they use for this node");
  }
  core::address result = to_address(said);
  result.port = result.port == 0 ? bound.port : result.port;
  return result;
}

}  // namespace

shell::shell(const boost::asio::any_io_executor& executor, std::shared_ptr<void> keep_alive,
             config settings, std::shared_ptr<spdlog::logger> logger)
    : keep_alive_(std::move(keep_alive)),
      surroundings_(surroundings_of(executor)),
      settings_(validated(std::move(settings))),
      logger_(std::move(logger)),
      notifier_(std::make_shared<notifier>(settings_.events_max)),
      executor_(executor),
      metadata_(settings_.metadata) {
  std::unique_ptr<datagram_port> port = open_port(*surroundings_, executor, settings_);
  io_ = io{.port = std::move(port), .timer = surroundings_->open_alarm(executor)};
  bound_ = io_->port->local();
  advertised_ = advertised_address(settings_, bound_);
}

shell::~shell() = default;

std::int64_t shell::now_ns() const noexcept {
  return now().time_since_epoch().count();
}

boost::asio::any_io_executor shell::executor() const {
  const std::scoped_lock guard(mutex_);
  return executor_or_system();
}

boost::asio::any_io_executor shell::executor_or_system() const {
  return executor_ ? executor_ : boost::asio::any_io_executor(boost::asio::system_executor());
}

boost::asio::any_io_executor shell::pin() {
  const std::scoped_lock guard(mutex_);
  ++pins_;
  return executor_or_system();
}

void shell::unpin() noexcept {
  const std::scoped_lock guard(mutex_);
  if (--pins_ == 0) {
    unpinned_.notify_all();
  }
}

bool shell::blocking_would_deadlock() const {
  const std::scoped_lock guard(mutex_);
  return executor_ && surroundings_->runs_here(executor_);
}

void shell::wait_readable() {
  io_->port->wait_readable(shared_from_this());
}

void shell::wait_timer() {
  io_->timer->wait(shared_from_this());
}

void shell::on_readable() {
  enter(detail::invocation::inside, [this](outcomes& due, core::instant) {
    if (!io_) {
      return;
    }
    // What is left makes the socket readable again at once; what is due waits no longer than for
    // the timer, which hears everything first.
    if (drain(datagrams_per_turn, due)) {
      tick_if_due(this->now(), due);
    }
    // Before the handlers run, so that one that throws or takes its time stops nothing.
    wait_readable();
  });
}

void shell::on_timer() {
  enter(detail::invocation::inside, [this](outcomes& due, core::instant) {
    if (!io_) {
      return;
    }
    io_->timer->fired();
    hear_and_tick(due);
    wait_timer();
  });
}

void shell::catch_up() {
  enter(detail::invocation::later, [this](outcomes& due, core::instant) {
    if (io_ && core_) {
      hear_and_tick(due);
    }
  });
}

// What has come counts as heard before the time that has passed: an answer that is here is not
// late.
void shell::hear_and_tick(outcomes& due) {
  drain(datagrams_before_timer, due);
  tick_if_due(this->now(), due);
}

bool shell::drain(std::size_t datagrams_max, outcomes& due) {
  bool emptied = false;
  for (std::size_t taken = 0; !emptied && taken < datagrams_max;
       taken += datagram_port::batch_max) {
    const std::span<arrived> batch = io_->port->receive(emptied);
    // After the datagrams were taken: a session promised from an earlier instant ends too early.
    const core::instant now = this->now();
    for (const arrived& one : batch) {
      ++datagrams_received_;
      core_->handle(one.bytes, one.from, now, actions_);
    }
    obey(due);
  }
  return emptied;
}

void shell::tick_if_due(core::instant now, outcomes& due) {
  if (core_->next_deadline() <= now) {
    core_->tick(now, actions_);
    obey(due);
  }
  if (inquiries_.next_deadline() <= now) {
    inquiries_.go_on(*core_, now, actions_, due);
    obey(due);
  }
  tell_settled(now);
  store_peers_if_due(now, due);
  end_waits(sleeps_, now, {}, due);
  end_waits(joins_, now, errc::seed_unreachable, due);
}

void shell::arm_timer() {
  if (!io_) {
    return;
  }
  core::instant earliest =
      core_ ? std::min({core_->next_deadline(), inquiries_.next_deadline(), store_peers_at_})
            : core::never;
  for (const auto& one : settled_views_) {
    earliest = std::min(earliest, one->next_deadline());
  }
  for (const std::vector<waiting_until>* all : {&joins_, &sleeps_}) {
    for (const waiting_until& one : *all) {
      earliest = std::min(earliest, one.until);
    }
  }
  io_->timer->arm(earliest);
}

}  // namespace conclave::runtime
