// Frames as long as the link would make them.
#include "sim/experiment/conclave_process.hpp"

#include "base/address.hpp"
#include "base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace conclave::sim {

namespace {

constexpr std::uint16_t first_port = 1'000;
constexpr std::string_view name_prefix = "member-";

std::string name_of(member_index at) {
  return fmt::format("{}{:05}", name_prefix, at);
}

member_index index_of(std::string_view name) {
  member_index at = 0;
  std::from_chars(name.data() + name_prefix.size(), name.data() + name.size(), at);
  return at;
}

core::address address_of(member_index at) {
  return core::ipv4_address({10, 0, 0, 1}, static_cast<std::uint16_t>(first_port + at));
}

core::membership_settings settings_of(const conclave_start& start) {
  const bool is_first = start.through == start.self;
  return {.config = start.config,
          .name = name_of(start.self),
          .self_address = address_of(start.self),
          .boot = start.boot,
          .metadata = {},
          .seeds = is_first ? std::vector<core::address>() : std::vector{address_of(start.through)},
          .records = start.records};
}

}  // namespace

conclave_process::conclave_process(const conclave_start& start, instant now,
                                   core::random_source random)
    : self_{.node = core::node_id_of(name_of(start.self)), .boot = start.boot},
      machine_(settings_of(start), now, random) {}

void conclave_process::join(instant now, process_output& out) {
  machine_.join(now, said_);
  give_out(now, out);
}

void conclave_process::tick(instant now, process_output& out) {
  machine_.tick(now, said_);
  give_out(now, out);
}

void conclave_process::arrive(member_index from, const parcel& came, instant now,
                              process_output& out) {
  for (const core::message& content : came.messages) {
    machine_.handle(came.sender, address_of(from), content, now, said_);
  }
  machine_.heard_of(came.sender, address_of(from), now, said_);
  give_out(now, out);
}

void conclave_process::introduce(parcel& to) const {
  to.sender = self_;
  to.messages.emplace_back(core::update_of(machine_.table().self()));
}

// All for one member in one frame, as the link does it.
void conclave_process::give_out(instant now, process_output& out) {
  for (const core::member_change& change : said_.changes) {
    const core::belief* about = machine_.table().find(change.id);
    out.changes.push_back({.about = index_of(about->record->name), .kind = change.kind});
  }
  std::vector<core::gossip_send>& sends = said_.sends;
  std::ranges::stable_sort(sends, {}, [](const core::gossip_send& one) { return one.where.port; });
  for (std::size_t next = 0; next < sends.size();) {
    const core::address where = sends[next].where;
    std::vector<core::message> messages;
    for (; next < sends.size() && sends[next].where == where; ++next) {
      messages.push_back(std::move(sends[next].content));
    }
    send(static_cast<member_index>(where.port - first_port), std::move(messages), now, out);
  }
  said_.clear();
}

void conclave_process::send(member_index to, std::vector<core::message> messages, instant now,
                            process_output& out) {
  while (!messages.empty()) {
    std::vector<core::message> rest = messages;
    const std::uint64_t bytes = bytes_of(rest, now);
    messages.resize(messages.size() - rest.size());
    out.sends.push_back(
        {.to = to,
         .bytes = bytes,
         .content = {.sender = self_, .messages = std::move(messages), .words = {}}});
    messages = std::move(rest);
  }
}

// Of a frame with as many of them as fit; those are taken away.
std::uint64_t conclave_process::bytes_of(std::vector<core::message>& messages, instant now) {
  frame_.clear();
  core::frame_header header;
  header.cluster = ~std::uint64_t{0};
  header.sender = {.node = core::node_id{~std::uint64_t{0}}, .boot = self_.boot};
  header.sequence = core::sequence{100'000};
  header.receiver_boot = self_.boot;
  header.anchor = now;
  header.echo = now;
  header.echo_age = std::chrono::seconds(1);
  header.lamport = core::lamport_time{self_.boot.value};
  header.epoch = core::epoch{1};
  header.roster_fingerprint = ~std::uint64_t{0};
  core::frame_builder builder(frame_, header, seal_);
  std::size_t taken = 0;
  while (taken < messages.size() && builder.add(messages[taken])) {
    ++taken;
  }
  core::check(taken > 0, "a message of gossip fits into a frame");
  builder.finish();
  messages.erase(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(taken));
  return frame_.size() + ip_and_udp;
}

}  // namespace conclave::sim
