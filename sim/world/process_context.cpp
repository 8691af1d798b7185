// Keeps work until its turn.
#include "sim/world/process_context.hpp"

#include "sim/world/refusals.hpp"
#include "sim/world/universe.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <algorithm>

namespace conclave::sim {

namespace {

namespace asio = boost::asio;

// By this a context is known again: Boost.Asio's own class tells nothing of what derives from it.
class self_service final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;

  explicit self_service(asio::execution_context& context, process_context* self = nullptr)
      : service(context), self_(self) {}
  [[nodiscard]] process_context* self() const { return self_; }

 private:
  void shutdown() override {}

  process_context* self_;
};

asio::execution_context::id self_service::id;

}  // namespace

process_context::process_context(universe& around, const skewed_clock& clock, const slowness& slow,
                                 std::string name)
    : around_(around), clock_(clock), slow_(slow), name_(std::move(name)) {
  refuse_real_io(*this);
  asio::make_service<self_service>(*this, this);
}

process_context::~process_context() {
  destroy_all();
}

core::instant process_context::now() const {
  return clock_.local(around_.now());
}

void process_context::add(std::unique_ptr<task> work) {
  around_.refuse_foreign_thread();
  if (!alive_) {
    around_.bury_later(std::move(work));
    return;
  }
  ready_.push_back(std::move(work));
  around_.plan_turn(*this);
}

timer_key process_context::add_timer(core::instant when, std::unique_ptr<task> work) {
  around_.refuse_foreign_thread();
  const timer_key key(when, ++last_timer_);
  if (!alive_) {
    around_.bury_later(std::move(work));
    return key;
  }
  const auto placed = timers_.emplace(key, std::move(work)).first;
  if (placed == timers_.begin()) {
    around_.plan_wake(*this);
  }
  return key;
}

std::unique_ptr<task> process_context::take_timer(const timer_key& key) {
  around_.refuse_foreign_thread();
  const auto found = timers_.find(key);
  if (found == timers_.end()) {
    return nullptr;
  }
  std::unique_ptr<task> work = std::move(found->second);
  timers_.erase(found);
  return work;
}

core::instant process_context::next_timer() const {
  return timers_.empty() ? core::never : timers_.begin()->first.first;
}

void process_context::collect_due(core::instant now) {
  while (!timers_.empty() && next_timer() <= now) {
    ready_.push_back(std::move(timers_.begin()->second));
    timers_.erase(timers_.begin());
  }
  if (!ready_.empty()) {
    around_.plan_turn(*this);
  }
}

std::unique_ptr<task> process_context::take_ready() {
  std::unique_ptr<task> work = std::move(ready_.front());
  ready_.pop_front();
  return work;
}

void process_context::stand_still(bool stands_still) {
  stands_still_ = stands_still;
  if (!stands_still && !ready_.empty()) {
    around_.plan_turn(*this);
  }
}

void process_context::worked(std::size_t pieces) {
  busy_until_ = std::max(busy_until_, around_.now()) +
                static_cast<std::int64_t>(pieces) * slow_.handler_takes;
}

// Destructors may post more: that goes the way of all work of the dead.
void process_context::destroy_all() {
  alive_ = false;
  while (!ready_.empty() || !timers_.empty()) {
    const auto ready = std::exchange(ready_, {});
    const auto timers = std::exchange(timers_, {});
  }
  shutdown();
}

process_context* find_process_context(const asio::any_io_executor& executor) {
  asio::execution_context& context = asio::query(executor, asio::execution::context);
  return asio::has_service<self_service>(context) ? asio::use_service<self_service>(context).self()
                                                  : nullptr;
}

asio::execution_context& as_context(process_context& where) noexcept {
  return where;
}

bool may_run_inside(process_context& where) {
  where.around().refuse_foreign_thread();
  return where.alive() && where.around().runs(where);
}

void enqueue(process_context& where, std::unique_ptr<task> work) {
  where.add(std::move(work));
}

}  // namespace conclave::sim
