// What members say to each other (docs/protocol.md, "Membership").
#pragma once

#include "base/address.hpp"
#include "base/ids.hpp"
#include "wire/archive.hpp"

#include <conclave/member.hpp>

#include <cstdint>
#include <string>

namespace conclave {

template <class Archive>
void serialize(Archive& archive, network_coordinate& where, unsigned /*version*/) {
  using boost::serialization::make_nvp;
  auto& [x, y, z] = where.place_us;
  archive& make_nvp("x", x) & make_nvp("y", y) & make_nvp("z", z) &
      make_nvp("height", where.height_us) & make_nvp("error", where.error_permille);
}

}  // namespace conclave

namespace conclave::core {

template <>
inline constexpr std::uint8_t enumerators<member_status> = 4;

// Are you there? `target` guards against an address that another node has taken over.
struct ping {
  probe_id probe;
  node_id target;  // 0: whoever is at this address

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("probe", probe) & make_nvp("target", target);
  }
};

struct ping_answer {
  probe_id probe;
  network_coordinate at = {};  // of who answers

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("probe", probe) & make_nvp("at", at);
  }
};

// Please ping that member for me, and pass its answer on.
struct ping_request {
  probe_id probe;
  node_id target;
  address where;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("probe", probe) & make_nvp("target", target) & make_nvp("where", where);
  }
};

// A rumour: what somebody believes about a member.
struct member_update {
  std::string name;
  address where;
  member_status status = member_status::alive;
  boot_id boot;
  core::incarnation incarnation;
  std::string metadata;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("name", name) & make_nvp("where", where) & make_nvp("status", status) &
        make_nvp("boot", boot) & make_nvp("incarnation", incarnation);
    bounded_text text{metadata, metadata_max};
    archive& make_nvp("metadata", text);
  }
};

// Found by the accuser itself: this member, at this incarnation, did not answer it.
struct accusation {
  node_id member;
  boot_id boot;
  core::incarnation incarnation;
  node_id accuser;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("member", member) & make_nvp("boot", boot) &
        make_nvp("incarnation", incarnation) & make_nvp("accuser", accuser);
  }
};

// Tell me the members that you know, from this position in your list on; you come first.
struct sync_request {
  std::uint32_t position = 0;
  bool only_you = false;     // who are you? Tell no other member, and no page end
  std::uint64_t digest = 0;  // of the live members that I know: nothing to tell if yours equals

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("position", position) & make_nvp("only_you", only_you) &
        make_nvp("digest", digest);
  }
};

// Ends a page of member_update messages: ask for `next` if you want more; 0 when that was all.
struct sync_page_end {
  std::uint32_t next = 0;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("next", next);
  }
};

}  // namespace conclave::core
