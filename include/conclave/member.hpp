// What one node believes about another.
#pragma once

#include <cstdint>
#include <string>

namespace conclave {

// A hint and nothing more: no belief about a member ever frees or grants a lock.
enum class member_status : std::uint8_t {
  alive,
  suspect,  // did not answer; declared dead unless it says otherwise in time
  dead,
  left,  // said goodbye
};

[[nodiscard]] const char* to_string(member_status status) noexcept;

struct member {
  std::string name;
  std::string address;  // "127.0.0.1:7401"
  member_status status = member_status::alive;
  std::uint64_t boot = 0;         // greater at each start of that node
  std::uint64_t incarnation = 0;  // greater each time that it refuted a suspicion
  std::string metadata;
  bool voter = false;  // named by the roster

  friend bool operator==(const member&, const member&) = default;
};

enum class member_event_kind : std::uint8_t {
  joined,  // first seen, or back after it was dead or had left
  suspected,
  refuted,  // suspected before, alive after all
  died,
  left,
  updated,  // new address or metadata
};

[[nodiscard]] const char* to_string(member_event_kind kind) noexcept;

struct member_event {
  member_event_kind kind = member_event_kind::joined;
  conclave::member member;  // after the change
};

}  // namespace conclave
