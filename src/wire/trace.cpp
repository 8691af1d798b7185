// Messages as text.
#include "wire/message.hpp"
#include "wire/text_archive.hpp"

#include <array>
#include <string_view>

namespace conclave::core {

namespace {

constexpr auto kinds = std::to_array<std::string_view>(
    {"REQUEST",      "VOTE",         "BUSY",          "RECALL",         "RELINQUISH",
     "RELEASE",      "REFUSAL",      "LAMPORT_QUERY", "LAMPORT_ANSWER", "PING",
     "PING_ANSWER",  "PING_REQUEST", "MEMBER_UPDATE", "SYNC_REQUEST",   "SYNC_PAGE_END",
     "MISMATCH",     "WAIT_CHASE",   "HOLD_CHASE",    "INQUIRY",        "LOCK_USE",
     "LOCK_SUMMARY", "INQUIRY_END",  "WATCH",         "SIGHTING",       "ACCUSATION"});
static_assert(kinds.size() == std::variant_size_v<message>, "each kind has a name");

}  // namespace

const char* to_string(lock_mode mode) {
  switch (mode) {
    case lock_mode::exclusive:
      return "exclusive";
    case lock_mode::shared:
      return "shared";
    case lock_mode::permit:
      return "permit";
  }
  return "?";
}

const char* to_string(refusal_reason reason) {
  switch (reason) {
    case refusal_reason::lease_too_long:
      return "lease_too_long";
    case refusal_reason::roster_mismatch:
      return "roster_mismatch";
  }
  return "?";
}

const char* to_string(use_kind kind) {
  switch (kind) {
    case use_kind::lent:
      return "lent";
    case use_kind::waiting:
      return "waiting";
  }
  return "?";
}

const char* to_string(sync_wish wish) {
  switch (wish) {
    case sync_wish::page:
      return "page";
    case sync_wish::comparison:
      return "comparison";
    case sync_wish::only_you:
      return "only_you";
  }
  return "?";
}

std::string_view kind_name(std::size_t kind) {
  return kind < kinds.size() ? kinds[kind] : "?";
}

std::string to_text(const message& content) {
  std::string text(kinds[content.index()]);
  text += ' ';
  text_writer writer(text);
  std::visit(
      [&](const auto& one) {
        boost::serialization::serialize_adl(
            writer, const_cast<std::remove_cvref_t<decltype(one)>&>(one), 0U);
      },
      content);
  if (text.back() == ' ') {
    text.pop_back();
  }
  return text;
}

}  // namespace conclave::core

namespace conclave {

const char* to_string(member_status status) noexcept {
  switch (status) {
    case member_status::alive:
      return "alive";
    case member_status::suspect:
      return "suspect";
    case member_status::dead:
      return "dead";
    case member_status::left:
      return "left";
  }
  return "?";
}

}  // namespace conclave
