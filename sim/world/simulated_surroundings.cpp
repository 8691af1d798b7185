// Datagrams, timers and beliefs between a shell and its world.
#include "sim/world/simulated_surroundings.hpp"

#include "runtime/addresses.hpp"
#include "sim/world/universe.hpp"

#include <conclave/detail/engine.hpp>

#include <boost/asio/post.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace conclave::sim {

namespace {

class simulated_alarm final : public runtime::alarm {
 public:
  explicit simulated_alarm(simulated_surroundings& around)
      : around_(around), state_(std::make_shared<state>()) {}
  ~simulated_alarm() override { drop(); }

  void arm(core::instant when) override {
    if (when >= armed_ || !around_.alive()) {
      return;
    }
    drop();
    armed_ = when;
    key_ = around_.context().add_timer(when, make_task([weak = std::weak_ptr(state_)] {
                                         if (const auto self = weak.lock(); self) {
                                           fire(self);
                                         }
                                       }));
  }
  void wait(std::shared_ptr<runtime::io_events> who) override { state_->waiting = std::move(who); }
  void fired() override { armed_ = core::never; }

 private:
  // Apart, because a task that is due may come to its turn when the timer is gone.
  struct state {
    std::shared_ptr<runtime::io_events> waiting;
  };

  static void fire(const std::shared_ptr<state>& self) {
    if (const auto who = std::exchange(self->waiting, nullptr); who) {
      who->on_timer();
    }
  }
  void drop() {
    if (armed_ != core::never && around_.alive()) {
      static_cast<void>(around_.context().take_timer(key_));
    }
  }

  simulated_surroundings& around_;
  std::shared_ptr<state> state_;
  core::instant armed_ = core::never;
  timer_key key_;
};

belief_key key_of(const host_state& host, const detail::hold& about) {
  return {.host = &host,
          .lock = &about.target().name,
          .request = about.request(),
          .slot = about.permits() > 0 ? std::optional(about.slot()) : std::nullopt};
}

}  // namespace

simulated_surroundings::simulated_surroundings(host_state& host, process_context& context)
    : host_(&host), context_(context) {}

core::instant simulated_surroundings::now() const noexcept {
  if (host_ == nullptr || host_->around->is_foreign_thread()) {
    return died_at_;
  }
  return context_.now();
}

std::uint64_t simulated_surroundings::wall_ns() const noexcept {
  return host_ == nullptr ? 1 : host_->around->wall_ns(*host_);
}

std::uint64_t simulated_surroundings::random_seed() {
  return host_ == nullptr ? 1 : host_->around->random().next();
}

std::unique_ptr<runtime::datagram_port> simulated_surroundings::open_port(
    const boost::asio::any_io_executor& /*executor*/, const boost::asio::ip::udp::endpoint& bind) {
  namespace errc = boost::system::errc;
  const core::address wanted = runtime::to_address(bind);
  if (host_ == nullptr || wanted != host_->where) {
    throw boost::system::system_error(make_error_code(errc::address_not_available));
  }
  if (host_->port != nullptr) {
    throw boost::system::system_error(make_error_code(errc::address_in_use));
  }
  return std::make_unique<simulated_port>(*this);
}

std::unique_ptr<runtime::alarm> simulated_surroundings::open_alarm(
    const boost::asio::any_io_executor& /*executor*/) {
  return std::make_unique<simulated_alarm>(*this);
}

// A world has the names of its machines and no others.
void simulated_surroundings::resolve(const boost::asio::any_io_executor& executor, bool /*v6*/,
                                     std::vector<std::string> seeds,
                                     std::function<void(runtime::resolved_seeds)> done) {
  runtime::resolved_seeds found;
  for (std::string& seed : seeds) {
    const auto parts = runtime::split_host_and_port(seed);
    const auto& hosts = host_->around->hosts();
    const auto known =
        std::ranges::find_if(hosts, [&](const auto& one) { return one->name == parts->host; });
    if (known == hosts.end()) {
      found.failed.push_back(std::move(seed));
    } else {
      found.addresses.push_back((*known)->where);
    }
  }
  boost::asio::post(executor, [done = std::move(done), found = std::move(found)] { done(found); });
}

std::string simulated_surroundings::load_text(const std::string& path) {
  if (host_ == nullptr) {
    return {};
  }
  const auto found = host_->disk.find(path);
  return found == host_->disk.end() ? std::string() : found->second;
}

void simulated_surroundings::store_text(std::string path, std::string text,
                                        std::function<void(const std::string& error)> done) {
  if (host_ != nullptr) {
    host_->disk[std::move(path)] = std::move(text);
  }
  done({});
}

void simulated_surroundings::joining(const std::shared_ptr<runtime::io_events>& who) {
  shells_.emplace_back(who);
}

void simulated_surroundings::granted(const detail::hold& given, core::instant deadline) {
  if (host_ == nullptr) {
    return;
  }
  universe& around = *host_->around;
  around.note(host_->name + " holds \"" + given.target().name + "\", token " +
              std::to_string(given.token().value()));
  if (std::string broken =
          around.watch().granted(key_of(*host_, given), given.token(), deadline, given.shared());
      !broken.empty()) {
    around.fail(std::move(broken));
  }
}

void simulated_surroundings::extended(const detail::hold& given, core::instant deadline) {
  if (host_ == nullptr) {
    return;
  }
  if (std::string broken = host_->around->watch().extended(key_of(*host_, given), deadline);
      !broken.empty()) {
    host_->around->fail(std::move(broken));
  }
}

void simulated_surroundings::shared(const detail::hold& held) {
  if (host_ != nullptr) {
    host_->around->note(host_->name + " shares \"" + held.target().name + "\" from now on");
    host_->around->watch().shared(key_of(*host_, held));
  }
}

void simulated_surroundings::ended(const detail::hold& gone) {
  if (host_ == nullptr) {
    return;
  }
  host_->around->note(host_->name + " holds \"" + gone.target().name + "\" no longer, token " +
                      std::to_string(gone.token().value()));
  host_->around->watch().ended(key_of(*host_, gone));
}

std::vector<std::string> simulated_surroundings::voters_of(const std::string& lock) const {
  std::vector<std::string> names;
  for (const auto& each : shells_) {
    if (const auto shell = each.lock(); shell) {
      std::ranges::move(shell->voters_of(lock), std::back_inserter(names));
    }
  }
  return names;
}

void simulated_surroundings::die() {
  died_at_ = context_.now();
  host_ = nullptr;
}

void simulated_surroundings::abandon_shells() {
  for (const auto& each : std::exchange(shells_, {})) {
    if (const auto shell = each.lock(); shell) {
      shell->abandon();
    }
  }
}

simulated_port::simulated_port(simulated_surroundings& around)
    : around_(around), local_(around.host().where) {
  around_.host().port = this;
}

simulated_port::~simulated_port() {
  if (around_.alive()) {
    around_.host().port = nullptr;
  }
}

void simulated_port::wait_readable(std::shared_ptr<runtime::io_events> who) {
  waiting_ = std::move(who);
  if (!inbox_.empty()) {
    wake();
  }
}

void simulated_port::wake() {
  if (waiting_) {
    around_.context().add(
        make_task([who = std::exchange(waiting_, nullptr)] { who->on_readable(); }));
  }
}

std::span<runtime::arrived> simulated_port::receive(bool& emptied) {
  const std::size_t count = std::min(inbox_.size(), batch_max);
  for (std::size_t i = 0; i < count; ++i) {
    taken_[i] = std::move(inbox_.front());
    inbox_.pop_front();
    batch_[i] = {.bytes = taken_[i].bytes, .from = taken_[i].from};
  }
  if (count > 0 && around_.alive()) {
    around_.context().worked(count);
  }
  emptied = count < batch_max;
  return std::span(batch_).first(count);
}

bool simulated_port::send(std::span<const std::byte> bytes, const core::address& to) {
  if (around_.alive()) {
    around_.host().around->send(around_.host(), to, bytes);
  }
  return true;
}

void simulated_port::arrive(const core::address& from, std::span<const std::byte> bytes) {
  if (inbox_.size() == inbox_max) {
    return;
  }
  inbox_.push_back({.from = from, .bytes = {bytes.begin(), bytes.end()}});
  wake();
}

}  // namespace conclave::sim
