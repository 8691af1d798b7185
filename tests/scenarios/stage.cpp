// Carrying frames by hand.
#include "stage.hpp"

#include "base/digest.hpp"
#include "sim/options.hpp"
#include "wire/frame.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <stdexcept>

namespace conclave::sim {

using namespace std::chrono_literals;

namespace {

constexpr duration step = 1ms;

std::vector<std::string> names_of(const std::vector<stage_member>& members) {
  std::vector<std::string> names;
  for (const stage_member& one : members) {
    names.push_back(one.name);
  }
  return names;
}

core::address address_of(std::size_t index) {
  return core::ipv4_address({10, 0, 0, 1}, static_cast<std::uint16_t>(7001 + index));
}

config settings_of(const stage_member& one, const std::vector<stage_member>& members,
                   duration lease_ttl, duration lease_ttl_max) {
  config settings;
  settings.name = one.name;
  for (const stage_member& other : members) {
    if (other.votes) {
      settings.voters.push_back(other.name);
    }
  }
  settings.lease_ttl = lease_ttl;
  settings.lease_ttl_max = lease_ttl_max;
  // Gossip keeps out of the way: nobody is probed or suspected.
  settings.membership.probe_interval = 1h;
  settings.membership.rejoin_interval = 1h;
  settings.membership.forget_after = 24h;
  return settings;
}

bool is_lock_message(const core::message& content) {
  return core::is_reliable(content);
}

}  // namespace

stage::stage(const std::vector<stage_member>& members, duration lease_ttl, duration lease_ttl_max)
    : names_(names_of(members)), book_(names_) {
  std::vector<machine> machines;
  for (const stage_member& one : members) {
    machines.push_back({.settings = settings_of(one, members, lease_ttl, lease_ttl_max),
                        .where = address_of(machines.size()),
                        .seeds = {},
                        .clock = skewed_clock(core::instant(1h), one.ahead_ppm * 1'000)});
    for (std::size_t seed = 0; seed < members.size(); ++seed) {
      if (seed != machines.size() - 1) {
        machines.back().seeds.push_back(address_of(seed));
      }
    }
  }
  cluster_driver& driver = *this;
  cluster_ = std::make_unique<sim::cluster>(std::move(machines), std::vector<std::string>{"a", "b"},
                                            driver);
  for (const stage_member& one : members) {
    if (one.starts) {
      start(one.name, true);
    }
  }
  advance(1s);
  deliver_all();
  trace_.clear();
  quiet_ = false;
}

machine_index stage::find(const std::string& name) const {
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end()) {
    throw std::runtime_error("no node is named " + name);
  }
  return static_cast<machine_index>(found - names_.begin());
}

lock_index stage::index_of(const std::string& lock) const {
  const auto known = std::ranges::find(cluster_->locks(), lock);
  if (known == cluster_->locks().end()) {
    throw std::runtime_error("no lock is named " + lock);
  }
  return static_cast<lock_index>(known - cluster_->locks().begin());
}

void stage::say(const std::string& line) {
  if (!quiet_) {
    trace_ += line + '\n';
  }
}

void stage::send(machine_index from, const core::address& to, std::span<const std::byte> bytes) {
  frame one{.from = from, .to = 0, .bytes = {bytes.begin(), bytes.end()}, .text = {}};
  while (one.to < names_.size() && address_of(one.to) != to) {
    ++one.to;
  }
  if (one.to == names_.size()) {
    return;
  }
  std::vector<std::byte> copy = one.bytes;
  core::received_frame read;
  const config& settings = cluster_->at(from).settings;
  if (core::read_frame(copy, core::hash_of(settings.cluster), {}, read) ==
      core::frame_error::none) {
    core::message content;
    while (read.messages.next(content)) {
      if (is_lock_message(content)) {
        one.text += (one.text.empty() ? "" : " | ") + book_.replace(core::to_text(content));
      }
    }
  }
  sent_.push_back(std::move(one));
}

void stage::happened(machine_index at, const core::action& what, std::uint32_t /*owner*/) {
  const bool shown = !std::holds_alternative<core::member_changed>(what) &&
                     !std::holds_alternative<core::joined>(what) &&
                     !std::holds_alternative<core::extended>(what);
  if (shown) {
    say(names_[at] + ": " + describe(what, cluster_->at(at).local(now_), book_));
  }
}

// Shows frames with lock messages and keeps them under way; hands on the others.
void stage::sort_out() {
  while (!sent_.empty()) {
    frame one = std::move(sent_.front());
    sent_.pop_front();
    if (one.text.empty()) {
      pass(std::move(one));
      continue;
    }
    const bool repeats = std::ranges::any_of(under_way_, [&](const frame& other) {
      return other.from == one.from && other.to == one.to && other.text == one.text;
    });
    if (!repeats) {
      say(names_[one.from] + " -> " + names_[one.to] + ": " + one.text);
      under_way_.push_back(std::move(one));
    }
  }
  if (!broken_ && cluster_->judge().broken()) {
    broken_ = true;
    say("BROKEN: " + cluster_->judge().broken()->text);
  }
}

void stage::pass(frame one) {
  if (!cuts_.contains({one.from, one.to})) {
    arrive(std::move(one));
  }
}

void stage::arrive(frame one) {
  if (!cluster_->runs(one.to)) {
    return;
  }
  if (const auto waits = paused_.find(one.to); waits != paused_.end()) {
    waits->second.push_back(std::move(one));
    return;
  }
  cluster_->deliver(one.to, one.bytes, address_of(one.from), now_);
}

void stage::tick_all() {
  for (machine_index i = 0; i < names_.size(); ++i) {
    if (cluster_->runs(i) && !paused_.contains(i) && cluster_->tick_due(i) <= now_) {
      cluster_->tick(i, now_);
      sort_out();
    }
  }
}

void stage::lock(const std::string& node, const std::string& lock, core::lock_request options) {
  std::vector<lock_index> all;
  std::istringstream names(lock);
  for (std::string each; std::getline(names, each, ',');) {
    all.push_back(index_of(each));
  }
  if (options.give_up_at != core::never) {
    const duration patience = options.give_up_at.time_since_epoch();
    options.give_up_at = cluster_->at(find(node)).local(now_) + patience;
  }
  const core::request_id first = cluster_->lock_all(find(node), all, options, 0, now_);
  for (std::size_t i = 0; i < all.size(); ++i) {
    say(node + " asks: r" + std::to_string(first.next(i).value));
  }
  sort_out();
}

void stage::downgrade(const std::string& node, std::uint64_t request) {
  const bool held = cluster_->downgrade(find(node), core::request_id{request}, now_);
  say(node + (held ? " shares it from now on" : " holds it no more"));
  sort_out();
}

void stage::unlock(const std::string& node, std::uint64_t request) {
  const bool held = cluster_->unlock(find(node), core::request_id{request}, now_);
  say(node + (held ? " unlocked in time" : " unlocked too late"));
  sort_out();
}

void stage::take_token(const std::string& node, std::uint64_t request) {
  const auto token = cluster_->take_token(find(node), core::request_id{request}, now_);
  say(node + (token ? " takes token " + std::to_string(token->value()) : " gets no token"));
  sort_out();
}

void stage::watch(const std::string& node, const std::string& lock) {
  cluster_->observe(find(node), index_of(lock), now_);
  sort_out();
}

void stage::deliver_all() {
  while (!under_way_.empty()) {
    frame one = std::move(under_way_.front());
    under_way_.pop_front();
    pass(std::move(one));
    sort_out();
    tick_all();
  }
}

std::deque<stage::frame> stage::take(const std::string& from, const std::string& to) {
  std::deque<frame> taken;
  for (auto one = under_way_.begin(); one != under_way_.end();) {
    if (one->from == find(from) && one->to == find(to)) {
      taken.push_back(std::move(*one));
      one = under_way_.erase(one);
    } else {
      ++one;
    }
  }
  if (taken.empty()) {
    say("nothing is under way from " + from + " to " + to);
  }
  return taken;
}

void stage::deliver(const std::string& from, const std::string& to) {
  for (frame& one : take(from, to)) {
    arrive(std::move(one));
    sort_out();
    tick_all();
  }
}

void stage::drop(const std::string& from, const std::string& to) {
  take(from, to);
}

void stage::copy(const std::string& from, const std::string& to) {
  std::deque<frame>& kept = copies_[{find(from), find(to)}];
  for (const frame& one : under_way_) {
    if (one.from == find(from) && one.to == find(to)) {
      kept.push_back(one);
    }
  }
}

void stage::replay(const std::string& from, const std::string& to) {
  for (frame& one : std::exchange(copies_[{find(from), find(to)}], {})) {
    say("again " + from + " -> " + to + ": " + one.text);
    arrive(std::move(one));
    sort_out();
    tick_all();
  }
}

// A frame of that node as its clock would be if it had run wild.
void stage::forge(const std::string& from, const std::string& to, std::uint64_t lamport) {
  const machine& sender = cluster_->at(find(from));
  core::frame_header header;
  header.cluster = core::hash_of(sender.settings.cluster);
  header.sender = sender.process->self();
  header.sequence = core::sequence{1'000'000};
  header.lamport = core::lamport_time{lamport};
  frame one{.from = find(from), .to = find(to), .bytes = {}, .text = {}};
  const core::sealer seal;
  core::frame_builder builder(one.bytes, header, seal);
  builder.finish();
  arrive(std::move(one));
  sort_out();
}

void stage::cut(const std::string& from, const std::string& to) {
  cuts_.insert({find(from), find(to)});
}

void stage::heal() {
  cuts_.clear();
}

void stage::crash(const std::string& node) {
  cluster_->stop(find(node), now_);
  paused_.erase(find(node));
  sort_out();
}

void stage::start(const std::string& node, bool new_cluster) {
  // Wall clocks start near zero, so that Lamport times are short to read.
  cluster_->start(find(node),
                  {.boot = core::boot_id{++boots_},
                   .wall_ns = 100,
                   .random_seed = boots_,
                   .new_cluster = new_cluster},
                  now_);
  sort_out();
}

void stage::set_rate(const std::string& node, std::int64_t ahead_ppm) {
  cluster_->judge().expect_any_clocks(true);
  cluster_->set_rate(find(node), ahead_ppm * 1'000, now_);
}

void stage::pause(const std::string& node) {
  paused_[find(node)];
}

// The socket is drained before the timers.
void stage::resume(const std::string& node) {
  const machine_index at = find(node);
  std::deque<frame> waiting = std::move(paused_.at(at));
  paused_.erase(at);
  for (frame& one : waiting) {
    arrive(std::move(one));
  }
  sort_out();
  tick_all();
}

void stage::advance(duration time) {
  for (const true_time end = now_ + time; now_ < end;) {
    now_ += std::min(step, end - now_);
    tick_all();
    if (quiet_) {
      deliver_all();
    }
  }
}

void stage::show(const std::string& node) {
  const machine& one = cluster_->at(find(node));
  for (const auto& [request, attempt] : one.process->asks().attempts()) {
    constexpr const char* phases[] = {"is queued", "asks", "holds", "keeps"};
    say(node + ": r" + std::to_string(request.value) + " " +
        phases[static_cast<int>(attempt.phase)] + " \"" + attempt.lock + "\"");
  }
  for (const std::string& name : cluster_->locks()) {
    const core::voter* voter = one.process->lends();
    const core::lock_state* lock = voter == nullptr ? nullptr : voter->find_lock(name);
    if (lock != nullptr) {
      std::string line =
          node + ": lock \"" + name + "\" floor=" + std::to_string(lock->floor.value);
      for (const core::lent_vote& lent : lock->lent) {
        const bool shares = lent.to.mode == core::lock_mode::shared;
        line += " lent to " + book_.name_of(lent.to.who.node) + " r" +
                std::to_string(lent.to.ticket.request.value) + " at ballot " +
                std::to_string(lent.ballot.value) + (shares ? " shared" : "");
        line += lock->permits() > 0 ? " slot " + std::to_string(lent.to.slot) : "";
      }
      say(line + ", " + std::to_string(lock->queue.size()) + " waiting");
    }
  }
}

std::string stage::take_trace() {
  return std::exchange(trace_, {});
}

}  // namespace conclave::sim
