// One machine, one input.
#include "sim/explore/machinery.hpp"

#include "base/check.hpp"
#include "base/digest.hpp"
#include "wire/frame.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t first_port = 7001;
const std::string the_lock = "a";

core::address address_of(std::size_t index) {
  return core::ipv4_address({10, 0, 0, 1}, static_cast<std::uint16_t>(first_port + index));
}

config settings_of(const small_world& world, const small_node& one) {
  config settings;
  settings.name = one.name;
  for (const small_node& other : world.nodes) {
    if (other.votes) {
      settings.voters.push_back(other.name);
    }
  }
  settings.lease_ttl = lease_of_small_worlds;
  settings.lease_ttl_max = lease_of_small_worlds;
  // Who never asks keeps no sessions, and so has less to say.
  settings.session_idle_max = one.asks > 0 ? duration(1h) : duration(0);
  // Gossip keeps out of the way: nobody is probed or suspected.
  settings.membership.probe_interval = 1h;
  settings.membership.rejoin_interval = 1h;
  settings.membership.forget_after = 24h;
  return settings;
}

std::optional<happening> event_of(const core::action& what) {
  return std::visit(
      []<class T>(const T& one) -> std::optional<happening> {
        if constexpr (std::is_same_v<T, core::granted>) {
          return happening{.kind = happening_kind::granted,
                           .request = one.request.value,
                           .token = one.token.value(),
                           .deadline = one.deadline,
                           .slot = one.slot,
                           .asked_as = one.asked_as.value};
        } else if constexpr (std::is_same_v<T, core::extended>) {
          return happening{.kind = happening_kind::extended,
                           .request = one.request.value,
                           .deadline = one.deadline};
        } else if constexpr (std::is_same_v<T, core::lost>) {
          return happening{.kind = happening_kind::lost,
                           .request = one.request.value,
                           .by_time = is_by_time(one.reason)};
        } else if constexpr (std::is_same_v<T, core::failed>) {
          return happening{.kind = happening_kind::failed, .request = one.request.value};
        } else if constexpr (std::is_same_v<T, core::contended>) {
          return happening{.kind = happening_kind::contended, .request = one.request.value};
        } else {
          return std::nullopt;
        }
      },
      what);
}

struct opened_frame {
  core::frame_header header;
  std::vector<core::message> content;
};

opened_frame open(std::vector<std::byte>& bytes) {
  core::received_frame read;
  const core::frame_error error =
      core::read_frame(bytes, core::hash_of(config{}.cluster), core::sealer(), read);
  core::check(error == core::frame_error::none, "a node sends frames that can be read");
  opened_frame opened{.header = read.header, .content = {}};
  core::message next;
  while (read.messages.next(next)) {
    opened.content.push_back(std::move(next));
  }
  return opened;
}

std::vector<std::byte> close(const opened_frame& opened) {
  std::vector<std::byte> bytes;
  const core::sealer seal;
  core::frame_builder frame(bytes, opened.header, seal);
  for (const core::message& each : opened.content) {
    frame.add(each);
  }
  frame.finish();
  return bytes;
}

std::uint64_t digest_of(const core::message& content) {
  core::digest sum;
  core::add_to(sum, content);
  return sum.value();
}

// Under which number this node sent these messages and no others that still wait for their
// acknowledgement; 0: it did not.
core::sequence number_of(const std::vector<std::uint64_t>& messages, const core::peer& to) {
  const auto is_one = [&](const core::outgoing& each) {
    return std::ranges::find(messages, digest_of(each.content)) != messages.end();
  };
  for (const core::outgoing& each : to.in_flight) {
    for (const core::sequence number : each.sent_in) {
      const auto other = [&](const core::outgoing& rest) {
        return std::ranges::find(rest.sent_in, number) != rest.sent_in.end() && !is_one(rest);
      };
      if (number && is_one(each) && std::ranges::none_of(to.in_flight, other)) {
        return number;
      }
    }
  }
  return {};
}

}  // namespace

machine machinery::build(machine_index at) const {
  const small_node& one = world_.nodes[at];
  machine built{.settings = settings_of(world_, one),
                .where = address_of(at),
                .seeds = {},
                .clock = skewed_clock(core::instant(1h), one.ahead_ppm * 1'000)};
  for (std::size_t other = 0; other < size(); ++other) {
    if (other != at) {
      built.seeds.push_back(address_of(other));
    }
  }
  return built;
}

void machinery::start(machine& one, machine_index at, std::uint64_t boot, bool new_cluster,
                      true_time now, core::actions& out) const {
  const machine fresh = build(at);
  core::node_start begin;
  begin.settings = fresh.settings;
  begin.settings.new_cluster = new_cluster;
  begin.self_address = fresh.where;
  begin.seeds = fresh.seeds;
  begin.boot = one.boot = core::boot_id{boot};
  // So early that a restarted process learns nothing from its wall clock.
  begin.wall_ns = 100;
  begin.now = one.local(now);
  begin.random_seed = boot;
  one.process.emplace(std::move(begin));
  const duration abstention = one.process->roster().abstention();
  one.abstains_until = one.local(now) + (new_cluster ? duration(0) : abstention);
  one.process->join(one.local(now), out);
}

void machinery::run(machine& one, machine_index at, const input& what, const datagram_value* frame,
                    true_time now, core::actions& out, std::vector<happening>& events) const {
  const core::instant local = one.local(now);
  const core::request_id request{what.what};
  switch (what.kind) {
    case input_kind::deliver: {
      std::vector<std::byte> bytes = arriving(*frame, *one.process, local);
      one.process->handle(bytes, address_of(frame->from), local, out);
      break;
    }
    case input_kind::tick:
      one.process->tick(local, out);
      break;
    case input_kind::lock: {
      core::lock_request options;
      options.span = world_.span;
      options.wait = world_.waits;
      const bool shares = world_.nodes[at].shares;
      options.mode = shares ? core::lock_mode::shared : core::lock_mode::exclusive;
      options.keep = world_.keeps ? lease_of_small_worlds / 4 : core::duration(0);
      if (world_.permits > 0) {
        options.mode = core::lock_mode::permit;
        options.permits = world_.permits;
      }
      const core::request_id asked = one.process->lock(the_lock, options, local, out);
      events.push_back({.kind = happening_kind::asked, .request = asked.value, .shares = shares});
      break;
    }
    case input_kind::unlock: {
      const bool held = one.process->unlock(request, local, out);
      events.push_back(
          {.kind = held ? happening_kind::unlocked_in_time : happening_kind::unlocked_late,
           .request = request.value});
      break;
    }
    case input_kind::token:
      if (const auto token = one.process->take_token(request, local, out)) {
        events.push_back(
            {.kind = happening_kind::token, .request = request.value, .token = token->value()});
      }
      break;
    case input_kind::restart:
      events.push_back({.kind = happening_kind::stopped});
      one.process.reset();
      start(one, at, what.what, world_.restarts_as_new, now, out);
      break;
  }
  for (const core::action& said : out.list) {
    if (const auto known = event_of(said)) {
      events.push_back(*known);
    }
  }
  one.process->check_invariants(local);
}

std::optional<datagram_value> machinery::carry(machine_index from, const core::send& sent,
                                               const core::actions& out) {
  const auto to = static_cast<machine_index>(sent.to.port - first_port);
  if (to >= size()) {
    return std::nullopt;
  }
  const auto begin = out.bytes.begin() + static_cast<std::ptrdiff_t>(sent.offset);
  std::vector<std::byte> bytes(begin, begin + static_cast<std::ptrdiff_t>(sent.size));
  opened_frame frame = open(bytes);
  datagram_value value{
      .from = from, .to = to, .bytes = {}, .lock_messages = {}, .acknowledged = {}};
  core::digest number;
  for (const core::message& each : frame.content) {
    if (core::is_reliable(each)) {
      value.lock_messages.push_back(digest_of(each));
      number.add(value.lock_messages.back());
    }
  }
  const bool locks = !value.lock_messages.empty();
  frame.header.wants_reply = frame.header.wants_reply || locks;
  frame.header.sequence.value = locks ? number.value() : 1;
  contents_.try_emplace(number.value(), value.lock_messages);
  for (std::size_t i = 0; i < frame.header.acknowledged_count; ++i) {
    const auto known = contents_.find(frame.header.acknowledged[i].value);
    core::check(known != contents_.end(), "an acknowledged frame was sent");
    value.acknowledged.push_back(known->second);
  }
  frame.header.echo_age = {};  // see arriving()
  value.bytes = close(frame);
  return value;
}

// With acknowledgements that name the frames of the receiver as that one numbered them, and as if
// it had been under way for no time: round trips would make every state one of its own.
std::vector<std::byte> machinery::arriving(const datagram_value& frame, const core::node& at,
                                           core::instant now) const {
  std::vector<std::byte> bytes = frame.bytes;
  opened_frame opened = open(bytes);
  core::frame_header& header = opened.header;
  if (header.echo && *header.echo < now) {
    header.echo_age = now - *header.echo;
  }
  header.acknowledged_count = 0;
  const core::peer* sender = at.links().find(header.sender.node);
  for (const std::vector<std::uint64_t>& messages : frame.acknowledged) {
    const core::sequence number =
        sender == nullptr ? core::sequence{} : number_of(messages, *sender);
    if (number) {
      header.acknowledged[header.acknowledged_count++] = number;
    }
  }
  return close(opened);
}

}  // namespace conclave::sim
