// The public node: a shell, with a thread of its own where no executor was given.
#include "runtime/blocking.hpp"
#include "runtime/io_thread.hpp"
#include "runtime/lock_call.hpp"
#include "runtime/shell.hpp"
#include "runtime/world_thread.hpp"

#include <conclave/node.hpp>

#include <boost/system/system_error.hpp>

#include <utility>

namespace conclave {

namespace {

void throw_if(const detail::engine& engine, boost::system::error_code error) {
  if (error) {
    throw boost::system::system_error(error, engine.explain(error));
  }
}

std::unique_ptr<runtime::io_thread> start_thread() {
  runtime::refuse_thread_in_world();
  return std::make_unique<runtime::io_thread>();
}

}  // namespace

node::node(const config& settings, std::shared_ptr<spdlog::logger> logger)
    : thread_(start_thread()),
      engine_(std::make_shared<runtime::shell>(thread_->executor(), thread_->keep_alive(), settings,
                                               std::move(logger))) {}

node::node(boost::asio::any_io_executor executor, const config& settings,
           std::shared_ptr<spdlog::logger> logger)
    : engine_(std::make_shared<runtime::shell>(executor, nullptr, settings, std::move(logger))) {}

node::node(std::shared_ptr<detail::engine> engine) noexcept : engine_(std::move(engine)) {}

node::node(node&& other) noexcept = default;

node& node::operator=(node&& other) noexcept {
  if (this != &other) {
    close();
    thread_ = std::move(other.thread_);
    engine_ = std::move(other.engine_);
  }
  return *this;
}

node::~node() {
  close();
}

// The engine first: what it completes is run by the thread before that ends.
void node::close() noexcept {
  if (engine_) {
    engine_->close();
  }
  thread_.reset();
}

void node::join(std::chrono::nanoseconds patience) {
  boost::system::error_code error;
  join(error, patience);
  throw_if(*engine_, error);
}

void node::join(boost::system::error_code& error, std::chrono::nanoseconds patience) {
  detail::refuse_deadlock(*engine_, "node::join");
  std::tie(error) = runtime::block_on([&](auto done) { engine_->join(patience, std::move(done)); });
}

void node::leave() {
  detail::refuse_deadlock(*engine_, "node::leave");
  runtime::block_on([&](auto done) { engine_->leave(std::move(done)); });
}

member node::self() const {
  return engine_->self();
}

std::vector<member> node::members() const {
  return engine_->members();
}

conclave::roster node::roster() const {
  return engine_->roster();
}

lease_clock::time_point node::now() const noexcept {
  return lease_clock::time_point(lease_clock::duration(engine_->now_ns()));
}

std::string node::local_address() const {
  return engine_->local_address();
}

node_counters node::counters() const {
  return engine_->counters();
}

node::executor_type node::get_executor() const {
  return engine_->executor();
}

void node::set_metadata(std::string text) {
  engine_->set_metadata(std::move(text));
}

lock_explanation node::explain(std::string_view lock, std::chrono::nanoseconds patience) const {
  runtime::check_name(lock);
  detail::refuse_deadlock(*engine_, "node::explain");
  auto [error, result] = runtime::block_on<lock_explanation>(
      [&](auto done) { engine_->explain_lock(std::string(lock), patience, std::move(done)); });
  throw_if(*engine_, error);
  return std::move(result);
}

std::vector<lock_listing> node::locks(std::chrono::nanoseconds patience) const {
  detail::refuse_deadlock(*engine_, "node::locks");
  auto [error, result] = runtime::block_on<std::vector<lock_listing>>(
      [&](auto done) { engine_->list_locks(patience, std::move(done)); });
  throw_if(*engine_, error);
  return std::move(result);
}

subscription node::subscribe(std::function<void(const member_event&)> callback) {
  return subscription(engine_->subscribe(std::move(callback)));
}

subscription node::subscribe_settled(
    std::chrono::nanoseconds settle_time,
    std::function<void(const std::vector<member_event>&)> callback) {
  return subscription(engine_->subscribe_settled(settle_time, std::move(callback)));
}

subscription::subscription(std::shared_ptr<detail::subscription_state> state) noexcept
    : state_(std::move(state)) {}

subscription& subscription::operator=(subscription&& other) noexcept {
  if (this != &other) {
    subscription ended(std::move(*this));
    state_ = std::move(other.state_);
  }
  return *this;
}

subscription::~subscription() {
  if (state_) {
    state_->end();
  }
}

}  // namespace conclave
