// The order among news about one member.
#include "membership/precedence.hpp"

#include <limits>

namespace conclave::core {

bool supersedes(const member_update& news, const belief& known) {
  if (news.boot != known.record->boot) {
    return news.boot > known.record->boot;
  }
  if (known.status == member_status::left || news.status == member_status::left) {
    return known.status != member_status::left;
  }
  if (news.incarnation.value != known.incarnation) {
    return news.incarnation.value > known.incarnation;
  }
  return news.status > known.status;  // declared in this order: alive, suspect, dead
}

bool is_sound(const member_update& news) {
  // Nobody is accused at the greatest incarnation, so that a forged accusation can be refuted.
  constexpr std::uint64_t greatest = std::numeric_limits<std::uint32_t>::max();
  const bool accuses = news.status == member_status::suspect || news.status == member_status::dead;
  return !news.name.empty() && news.name.size() <= text_max && news.where && news.boot &&
         news.incarnation && news.incarnation.value <= greatest - (accuses ? 1 : 0) &&
         news.metadata.size() <= metadata_max;
}

}  // namespace conclave::core
