// What members say to each other (docs/protocol.md, "Membership").
#pragma once

#include "base/address.hpp"
#include "base/ids.hpp"
#include "wire/archive.hpp"

#include <conclave/member.hpp>

#include <cstddef>
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

inline constexpr std::size_t filter_bytes_max = 768;

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
  bool flaps = false;  // it was accused again and again, and has refuted it

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("member", member) & make_nvp("boot", boot) &
        make_nvp("incarnation", incarnation) & make_nvp("accuser", accuser) &
        make_nvp("flaps", flaps);
  }
};

// Which members somebody has, in a Bloom filter: of one slice of all members, so that it fits a
// frame.
struct member_filter {
  std::uint32_t slices = 0;  // 0: there is no filter
  std::uint32_t slice = 0;
  std::uint32_t salt = 0;
  std::string bits = {};

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    bounded_bytes bounded{bits, filter_bytes_max};
    archive& make_nvp("slices", slices) & make_nvp("slice", slice) & make_nvp("salt", salt) &
        make_nvp("bits", bounded);
  }
};

enum class sync_wish : std::uint8_t {
  page,        // the members that you know, as many as go into a frame; you come first
  only_you,    // who are you? No page end
  comparison,  // only whether there is anything to tell
};

[[nodiscard]] const char* to_string(sync_wish wish);

template <>
inline constexpr std::uint8_t enumerators<sync_wish> = 3;

// Tell me what you know.
struct sync_request {
  sync_wish wish = sync_wish::page;
  std::uint32_t number = 0;    // of the question: the answer has it too. 0: nothing is being read
  std::uint32_t position = 0;  // in your list, from there on
  std::uint64_t digest = 0;    // of the live members that I know: nothing to tell if yours equals
  member_filter has = {};      // those that I have, and all of other slices, are left out

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("wish", wish) & make_nvp("number", number) & make_nvp("position", position) &
        make_nvp("digest", digest) & make_nvp("has", has);
  }
};

// Ends a page of member_update messages: ask for `next` if you want more; 0 when that was all.
struct sync_page_end {
  std::uint32_t number = 0;  // of the question
  std::uint32_t next = 0;
  bool equal = false;  // your digest and mine are

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("number", number) & make_nvp("next", next) & make_nvp("equal", equal);
  }
};

}  // namespace conclave::core
