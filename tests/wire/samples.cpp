// Messages and headers to write and read.
#include "samples.hpp"

#include <cstdint>
#include <limits>

namespace conclave::core {

namespace {

address v6_address() {
  address where{.bytes = {}, .port = 65'535, .is_v6 = true};
  where.bytes.fill(0xfe);
  return where;
}

ticket greatest_ticket() {
  return {.time = {greatest}, .node = {greatest}, .request = {greatest}};
}

std::string random_text(random_source& random, std::size_t size_max) {
  std::string text(random.below(4) == 0 ? random.below(size_max + 1) : random.below(13), ' ');
  for (char& c : text) {
    c = static_cast<char>(random.next());
  }
  return text;
}

// Small numbers and great ones are both frequent.
std::uint64_t random_number(random_source& random) {
  return random.next() >> random.below(64);
}

ticket random_ticket(random_source& random) {
  return {.time = {random_number(random)},
          .node = {random_number(random)},
          .request = {random_number(random)}};
}

wait_trail trail_of(const ticket& waiter, std::uint64_t number) {
  return {.boot = {number},
          .waiter = waiter,
          .number = number,
          .ways = number / 3,
          .path = number,
          .earlier = number / 2,
          .steps = static_cast<std::uint32_t>(number)};
}

lock_use use_sample(const ticket& place, std::uint64_t number) {
  return {.number = number,
          .kind = number % 2 == 0 ? use_kind::lent : use_kind::waiting,
          .node = place.node,
          .boot = {number},
          .ticket = place,
          .ballot = {number},
          .mode = lock_mode::permit,
          .slot = static_cast<permit_slot>(number),
          .session_left = duration(static_cast<std::int64_t>(number >> 1U))};
}

address random_address(random_source& random) {
  address where = ipv4_address({1, 2, 3, static_cast<std::uint8_t>(random.next())},
                               static_cast<std::uint16_t>(random.next()));
  return random.chance(0.5) ? where : v6_address();
}

}  // namespace

std::vector<message> sample_messages() {
  const ticket place{.time = {300}, .node = {2}, .request = {3}};
  return {
      request{.lock = "orders/42",
              .mode = lock_mode::exclusive,
              .ticket = place,
              .min_ballot = {300},
              .span = 1'024,
              .wait = true},
      vote{.lock = "a", .request = {3}, .ballot = {301}, .generation = {4}},
      busy{.lock = "a", .request = {3}},
      recall{.lock = "a", .request = {3}, .ballot = {301}, .waiter = place},
      relinquish{.lock = "a", .ballot = {301}, .ticket = place},
      release{.lock = "a", .request = {3}, .last_token = {302}},
      refusal{.reason = refusal_reason::roster_mismatch, .offered = 5, .accepted = 6},
      lamport_query{},
      lamport_answer{.remembers = true},
      ping{.probe = {9}, .target = {10}},
      ping_answer{.probe = {9},
                  .at = {.place_us = {1, -200, 30'000}, .height_us = 40, .error_permille = 500}},
      ping_request{.probe = {9}, .target = {10}, .where = ipv4_address({127, 0, 0, 1}, 7'401)},
      member_update{.name = "billing-1",
                    .where = v6_address(),
                    .status = member_status::suspect,
                    .boot = {11},
                    .incarnation = {12},
                    .metadata = "zone=b"},
      sync_request{.wish = sync_wish::comparison,
                   .number = 12,
                   .position = 13,
                   .digest = 14,
                   .has = {.slices = 3, .slice = 2, .salt = 5, .bits = "\x01\x80"}},
      sync_page_end{.number = 12, .next = 15, .equal = true},
      mismatch{.lock = "a", .request = {3}, .permits = 2},
      wait_chase{.lock = "a", .request = {3}, .trail = trail_of(place, 16)},
      hold_chase{.lock = "a", .request = {4}, .waiter = place, .trail = trail_of(place, 17)},
      inquiry{.number = 18, .lock = "a", .position = 19},
      use_sample(place, 20),
      lock_summary{
          .number = 21, .lock = "a", .holder = {2}, .ballot = {301}, .lent = 1, .waiting = 2},
      inquiry_end{.number = 22,
                  .lent = 1,
                  .waiting = 2,
                  .permits = 3,
                  .floor = {300},
                  .abstains = true,
                  .session_left = duration(23),
                  .next = 24},
      watch{.lock = "a"},
      sighting{
          .lock = "a", .version = 25, .node = {2}, .boot = {11}, .request = {3}, .ballot = {301}},
      accusation{.member = {26}, .boot = {11}, .incarnation = {12}, .accuser = {27}, .flaps = true},
  };
}

std::vector<message> longest_messages() {
  const std::string name(text_max, '\xff');
  return {
      request{.lock = name,
              .mode = lock_mode::exclusive,
              .ticket = greatest_ticket(),
              .min_ballot = {greatest},
              .span = greatest,
              .wait = true},
      vote{.lock = name, .request = {greatest}, .ballot = {greatest}, .generation = {greatest}},
      busy{.lock = name, .request = {greatest}},
      recall{
          .lock = name, .request = {greatest}, .ballot = {greatest}, .waiter = greatest_ticket()},
      relinquish{.lock = name, .ballot = {greatest}, .ticket = greatest_ticket()},
      release{.lock = name, .request = {greatest}, .last_token = {greatest}},
      refusal{.reason = refusal_reason::roster_mismatch, .offered = greatest, .accepted = greatest},
      lamport_query{},
      lamport_answer{.remembers = true},
      ping{.probe = {greatest}, .target = {greatest}},
      ping_answer{.probe = {greatest},
                  .at = {.place_us = {std::numeric_limits<std::int32_t>::min(),
                                      std::numeric_limits<std::int32_t>::max(), -1},
                         .height_us = ~std::uint32_t{0},
                         .error_permille = ~std::uint32_t{0}}},
      ping_request{.probe = {greatest}, .target = {greatest}, .where = v6_address()},
      member_update{.name = name,
                    .where = v6_address(),
                    .status = member_status::left,
                    .boot = {greatest},
                    .incarnation = {greatest},
                    .metadata = std::string(metadata_max, 'm')},
      sync_request{.wish = sync_wish::only_you,
                   .number = ~std::uint32_t{0},
                   .position = ~std::uint32_t{0},
                   .digest = greatest,
                   .has = {.slices = ~std::uint32_t{0},
                           .slice = ~std::uint32_t{0},
                           .salt = ~std::uint32_t{0},
                           .bits = std::string(filter_bytes_max, '\xff')}},
      sync_page_end{.number = ~std::uint32_t{0}, .next = ~std::uint32_t{0}, .equal = true},
      mismatch{.lock = name, .request = {greatest}, .permits = ~std::uint32_t{0}},
      wait_chase{
          .lock = name, .request = {greatest}, .trail = trail_of(greatest_ticket(), greatest)},
      hold_chase{.lock = name,
                 .request = {greatest},
                 .waiter = greatest_ticket(),
                 .trail = trail_of(greatest_ticket(), greatest)},
      inquiry{.number = greatest, .lock = name, .position = ~std::uint32_t{0}},
      use_sample(greatest_ticket(), greatest),
      lock_summary{.number = greatest,
                   .lock = name,
                   .holder = {greatest},
                   .ballot = {greatest},
                   .lent = ~std::uint32_t{0},
                   .waiting = ~std::uint32_t{0}},
      inquiry_end{.number = greatest,
                  .lent = ~std::uint32_t{0},
                  .waiting = ~std::uint32_t{0},
                  .permits = ~std::uint32_t{0},
                  .floor = {greatest},
                  .abstains = true,
                  .session_left = duration::max(),
                  .next = ~std::uint32_t{0}},
      watch{.lock = name},
      sighting{.lock = name,
               .version = greatest,
               .node = {greatest},
               .boot = {greatest},
               .request = {greatest},
               .ballot = {greatest}},
      accusation{.member = {greatest},
                 .boot = {greatest},
                 .incarnation = {greatest},
                 .accuser = {greatest},
                 .flaps = true},
  };
}

message random_message(random_source& random) {
  const auto number = [&] { return random_number(random); };
  const auto flag = [&] { return random.chance(0.5); };
  const auto text = [&] { return random_text(random, text_max); };
  switch (random.below(22)) {
    case 0:
      return request{.lock = text(),
                     .mode = lock_mode::exclusive,
                     .ticket = random_ticket(random),
                     .min_ballot = {number()},
                     .span = number(),
                     .wait = flag(),
                     .permits = static_cast<std::uint32_t>(number()),
                     .slot = static_cast<permit_slot>(number()),
                     .holds = flag()};
    case 1:
      return vote{.lock = text(),
                  .request = {number()},
                  .ballot = {number()},
                  .generation = {number()},
                  .slot = static_cast<permit_slot>(number())};
    case 2:
      return recall{.lock = text(),
                    .request = {number()},
                    .ballot = {number()},
                    .waiter = random_ticket(random)};
    case 3:
      return relinquish{.lock = text(),
                        .ballot = {number()},
                        .ticket = random_ticket(random),
                        .slot = static_cast<permit_slot>(number()),
                        .waits = flag(),
                        .holds = flag()};
    case 4:
      return release{.lock = text(), .request = {number()}, .last_token = {number()}};
    case 5:
      return refusal{.reason = static_cast<refusal_reason>(random.below(2)),
                     .offered = number(),
                     .accepted = number()};
    case 6:
      return ping{.probe = {number()}, .target = {number()}};
    case 7:
      return ping_request{
          .probe = {number()}, .target = {number()}, .where = random_address(random)};
    case 8:
      return member_update{.name = text(),
                           .where = random_address(random),
                           .status = static_cast<member_status>(random.below(4)),
                           .boot = {number()},
                           .incarnation = {number()},
                           .metadata = random_text(random, metadata_max)};
    case 9:
      return sync_request{.wish = static_cast<sync_wish>(random.below(3)),
                          .number = static_cast<std::uint32_t>(number()),
                          .position = static_cast<std::uint32_t>(number()),
                          .digest = number(),
                          .has = {.slices = static_cast<std::uint32_t>(number()),
                                  .slice = static_cast<std::uint32_t>(number()),
                                  .salt = static_cast<std::uint32_t>(number()),
                                  .bits = random_text(random, filter_bytes_max)}};
    case 10:
      return sync_page_end{.number = static_cast<std::uint32_t>(number()),
                           .next = static_cast<std::uint32_t>(number()),
                           .equal = flag()};
    case 11:
      return mismatch{
          .lock = text(), .request = {number()}, .permits = static_cast<std::uint32_t>(number())};
    case 12:
      return wait_chase{.lock = text(),
                        .request = {number()},
                        .trail = trail_of(random_ticket(random), number())};
    case 13:
      return hold_chase{.lock = text(),
                        .request = {number()},
                        .waiter = random_ticket(random),
                        .trail = trail_of(random_ticket(random), number())};
    case 14:
      return inquiry{
          .number = number(), .lock = text(), .position = static_cast<std::uint32_t>(number())};
    case 15:
      return use_sample(random_ticket(random), number());
    case 16:
      return lock_summary{.number = number(),
                          .lock = text(),
                          .holder = {number()},
                          .ballot = {number()},
                          .lent = static_cast<std::uint32_t>(number()),
                          .waiting = static_cast<std::uint32_t>(number())};
    case 17:
      return inquiry_end{.number = number(),
                         .lent = static_cast<std::uint32_t>(number()),
                         .floor = {number()},
                         .abstains = flag(),
                         .next = static_cast<std::uint32_t>(number())};
    case 18:
      return watch{.lock = text()};
    case 19:
      return sighting{.lock = text(),
                      .version = number(),
                      .node = {number()},
                      .boot = {number()},
                      .request = {number()},
                      .ballot = {number()}};
    case 20:
      return accusation{.member = {number()},
                        .boot = {number()},
                        .incarnation = {number()},
                        .accuser = {number()},
                        .flaps = flag()};
    default:
      return lamport_answer{.remembers = flag()};
  }
}

frame_header sample_header() {
  frame_header header;
  header.cluster = sample_cluster;
  header.sender = {.node = {21}, .boot = {22}};
  header.sequence = {23};
  header.receiver_boot = {24};
  header.anchor = instant(duration(25));
  header.echo = instant(duration(26));
  header.echo_age = duration(27);
  header.wants_reply = true;
  header.session_covers_echo = true;
  header.lamport = {28};
  header.epoch = {29};
  header.roster_fingerprint = 30;
  header.lease_ttl = duration(31);
  header.generation = {32};
  header.acknowledged[0] = {33};
  header.acknowledged[1] = {34};
  header.acknowledged_count = 2;
  return header;
}

frame_header longest_header() {
  frame_header header;
  header.cluster = sample_cluster;
  header.sender = {.node = {greatest}, .boot = {greatest}};
  header.sequence = {greatest};
  header.receiver_boot = {greatest};
  header.anchor = instant::max();
  header.echo = instant::max();
  header.echo_age = duration::max();
  header.wants_reply = true;
  header.session_covers_echo = true;
  header.lamport = {greatest};
  header.epoch = {greatest};
  header.roster_fingerprint = greatest;
  header.lease_ttl = duration::max();
  header.generation = {greatest};
  header.acknowledged.fill({greatest});
  header.acknowledged_count = acknowledgements_max;
  return header;
}

frame_header random_header(random_source& random) {
  const auto number = [&] { return random_number(random); };
  const auto positive = [&] { return duration(static_cast<std::int64_t>(number() >> 1)); };
  frame_header header;
  header.cluster = sample_cluster;
  header.sender = {.node = {number()}, .boot = {number()}};
  header.sequence = {number()};
  header.receiver_boot = {number()};
  header.anchor = instant(positive());
  if (random.chance(0.5)) {
    header.echo = instant(positive());
    header.echo_age = positive();
    header.session_covers_echo = random.chance(0.5);
  }
  header.wants_reply = random.chance(0.5);
  header.lamport = {number()};
  header.epoch = {number()};
  header.roster_fingerprint = number();
  header.lease_ttl = positive();
  header.generation = {number()};
  header.acknowledged_count = static_cast<std::uint8_t>(random.below(acknowledgements_max + 1));
  for (std::size_t i = 0; i < header.acknowledged_count; ++i) {
    header.acknowledged[i] = {number()};
  }
  return header;
}

sealer sample_seal(std::uint8_t fill) {
  return sealer(std::vector<std::byte>(32, static_cast<std::byte>(fill)));
}

std::vector<std::byte> frame_of(const frame_header& header, const std::vector<message>& messages,
                                const sealer& seal) {
  std::vector<std::byte> bytes;
  frame_builder frame(bytes, header, seal);
  for (const message& one : messages) {
    if (!frame.add(one)) {
      break;
    }
  }
  frame.finish();
  return bytes;
}

std::vector<std::byte> raw_frame(const frame_header& header, const std::vector<std::byte>& messages,
                                 const sealer& seal) {
  std::vector<std::byte> bytes;
  frame_builder frame(bytes, header, seal);
  bytes.insert(bytes.end(), messages.begin(), messages.end());
  frame.finish();
  return bytes;
}

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

}  // namespace conclave::core
