// Carrying frames and time.
#include "virtual_nodes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <variant>

namespace conclave::bench {

namespace {

using namespace std::chrono_literals;

// Of one way, before the distance.
constexpr core::duration delay_min = 100us;
constexpr core::duration delay_max = 500us;

constexpr std::uint64_t wall_ns = 1'700'000'000'000'000'000;

core::address address_of(std::uint32_t who) {
  return core::ipv4_address({127, 0, 0, 1}, static_cast<std::uint16_t>(1'000 + who));
}

}  // namespace

virtual_nodes::virtual_nodes(std::size_t candidates) : all_(voters_count + candidates) {
  for (index i = 0; i < end(); ++i) {
    const bool votes = i < voters_count;
    start(i, (votes ? "v" : "c") + std::to_string(votes ? i + 1 : i + 1 - voters_count));
  }
  // They meet, and sessions are opened.
  run_for(5s);
}

void virtual_nodes::start(index who, const std::string& name) {
  machine& one = all_[who];
  one.where = address_of(who);
  core::node_start how;
  how.settings.name = name;
  how.settings.voters = {"v1", "v2", "v3"};
  how.settings.new_cluster = true;
  // No session lapses while nothing is asked for.
  how.settings.session_idle_max = 1h;
  how.self_address = one.where;
  how.seeds = {address_of(0)};
  how.boot = core::boot_id{wall_ns + who};
  how.wall_ns = wall_ns;
  how.now = now();
  how.random_seed = who + 1;
  one.node = std::make_unique<core::node>(std::move(how));
  act(who, [&](core::node& node, core::actions& out) { node.join(now(), out); });
}

core::request_id virtual_nodes::lock(index who, std::string_view name) {
  core::request_id request;
  act(who,
      [&](core::node& node, core::actions& out) { request = node.lock(name, {}, now(), out); });
  return request;
}

void virtual_nodes::unlock(index who, core::request_id request) {
  act(who, [&](core::node& node, core::actions& out) {
    if (!node.unlock(request, now(), out)) {
      throw std::runtime_error("a hold was lost where nothing is ever lost");
    }
  });
}

void virtual_nodes::after(core::duration wait, std::function<void()> what) {
  tasks_.push_back(std::move(what));
  events_.schedule(now_ + wait, sim::event_kind::user,
                   static_cast<std::uint32_t>(tasks_.size() - 1));
}

void virtual_nodes::run_for(core::duration time) {
  const sim::true_time end = now_ + time;
  while (!events_.empty() && events_.next().at <= end) {
    const sim::event next = events_.pop();
    now_ = next.at;
    handle(next);
  }
  now_ = end;
}

void virtual_nodes::handle(const sim::event& next) {
  if (next.kind == sim::event_kind::user) {
    std::exchange(tasks_[next.subject], nullptr)();
  } else if (next.kind == sim::event_kind::arrival) {
    flying frame = std::move(frames_[next.subject]);
    free_frames_.push_back(next.subject);
    if (on_arrived) {
      on_arrived(frame.to, messages_of(frame.to, frame.bytes));
    }
    act(frame.to, [&](core::node& node, core::actions& out) {
      node.handle(frame.bytes, all_[frame.from].where, now(), out);
    });
  } else if (next.stamp == all_[next.subject].tick_stamp) {
    all_[next.subject].tick_due = sim::end_of_time;
    act(next.subject, [&](core::node& node, core::actions& out) { node.tick(now(), out); });
  }
}

// Obeys what the node says, and sets its timer. What it is granted is told when it is done.
void virtual_nodes::act(index who, const std::function<void(core::node&, core::actions&)>& does) {
  machine& one = all_[who];
  core::actions out;
  does(*one.node, out);
  for (const core::action& each : out.list) {
    if (const auto* frame = std::get_if<core::send>(&each)) {
      send(who, frame->to, std::span(out.bytes).subspan(frame->offset, frame->size));
    }
  }
  const sim::true_time due(one.node->next_deadline().time_since_epoch());
  if (due < one.tick_due) {
    one.tick_due = std::max(due, now_);
    events_.schedule(one.tick_due, sim::event_kind::tick, who, ++one.tick_stamp);
  }
  for (const core::action& each : out.list) {
    if (const auto* got = std::get_if<core::granted>(&each); got != nullptr && on_granted) {
      on_granted(who, *got);
    }
  }
}

void virtual_nodes::send(index from, const core::address& to, std::span<const std::byte> bytes) {
  const index target = to.port - address_of(0).port;
  if (on_sent) {
    on_sent(from, messages_of(from, bytes));
  }
  std::uint32_t place = static_cast<std::uint32_t>(frames_.size());
  if (free_frames_.empty()) {
    frames_.emplace_back();
  } else {
    place = free_frames_.back();
    free_frames_.pop_back();
  }
  frames_[place] = {.from = from, .to = target, .bytes = {bytes.begin(), bytes.end()}};
  const std::uint32_t times = std::max(all_[from].distance, all_[target].distance);
  events_.schedule(now_ + times * random_.between(delay_min, delay_max), sim::event_kind::arrival,
                   place);
}

std::vector<core::message> virtual_nodes::messages_of(index at,
                                                      std::span<const std::byte> bytes) const {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  core::received_frame read;
  const core::sealer seal;
  if (core::read_frame(copy, all_[at].node->links().settings().cluster, seal, read) !=
      core::frame_error::none) {
    throw std::runtime_error("a node sent a frame that can't be read");
  }
  std::vector<core::message> all;
  for (core::message content; read.messages.next(content);) {
    all.push_back(content);
  }
  return all;
}

}  // namespace conclave::bench
