// Lies in well formed frames.
#include "sim/hostile.hpp"

#include "lock/lamport_clock.hpp"
#include "sim/frames.hpp"

#include <limits>
#include <optional>
#include <variant>

namespace conclave::sim {

namespace {

using core::message;

// Above every Lamport time that a run reaches, and under the greatest that may be heard.
constexpr std::uint64_t far_ahead = std::uint64_t{1} << 62U;

// No honest frame has such a number, so that an acknowledgement of the lie acknowledges nothing.
constexpr std::uint64_t numbers_apart = std::uint64_t{1} << 40U;

std::optional<message> lie(const core::request& told, core::random_source& random) {
  core::request said = told;
  switch (random.below(5)) {
    case 0:
      said.min_ballot = {far_ahead};
      break;
    case 1:
      said.ticket.time = {far_ahead};
      break;
    case 2:
      said.ticket.node = {told.ticket.node.value + 1};
      break;
    case 3:
      said.span = 0;
      break;
    default:
      said.span = core::span_max + 1;
      break;
  }
  return said;
}

std::optional<message> lie(const core::release& told, core::random_source& /*random*/) {
  core::release said = told;
  said.last_token = {far_ahead};
  return said;
}

std::optional<message> lie(const core::vote& told, core::random_source& /*random*/) {
  core::vote said = told;
  said.ballot = {far_ahead};
  return said;
}

std::optional<message> lie(const core::member_update& told, core::random_source& random) {
  core::member_update said = told;
  switch (random.below(3)) {
    case 0:
      said.incarnation = {0};
      break;
    case 1:
      said.incarnation = {std::uint64_t{1} << 33U};
      break;
    default:
      said.status = member_status::suspect;  // which could not be refuted
      said.incarnation = {std::numeric_limits<std::uint32_t>::max()};
      break;
  }
  return said;
}

template <class T>
std::optional<message> lie(const T& /*told*/, core::random_source& /*random*/) {
  return std::nullopt;
}

}  // namespace

bool make_hostile(std::vector<std::byte>& frame, core::random_source random) {
  std::optional<core::received_frame> read = open_frame(frame);
  if (!read) {
    return false;
  }
  std::vector<message> lies;
  for (message told; read->messages.next(told);) {
    if (auto said = std::visit([&](const auto& one) { return lie(one, random); }, told); said) {
      lies.push_back(*std::move(said));
    }
  }
  core::frame_header header = read->header;
  header.sequence = {header.sequence.value + numbers_apart};
  header.acknowledged_count = 0;
  if (lies.empty() || random.below(4) == 0) {
    header.lamport = {far_ahead};
  }
  frame.clear();
  const core::sealer seal;
  core::frame_builder builder(frame, header, seal);
  for (const message& each : lies) {
    builder.add(each);
  }
  builder.finish();
  return true;
}

}  // namespace conclave::sim
