// Frames and actions as text.
#include "sim/words.hpp"

#include "base/digest.hpp"
#include "sim/options.hpp"
#include "wire/frame.hpp"

#include <type_traits>
#include <variant>

namespace conclave::sim {

namespace {

std::string in_words(const core::granted& what, core::instant now) {
  return "granted r" + std::to_string(what.request.value) +
         " token=" + std::to_string(what.token.value()) +
         (what.slot > core::only_slot ? " slot=" + std::to_string(what.slot) : "") +
         ", valid for " + to_text(what.deadline - now);
}

std::string in_words(const core::extended& what, core::instant now) {
  return "extended r" + std::to_string(what.request.value) + ", valid for " +
         to_text(what.deadline - now);
}

std::string in_words(const core::shortened& what, core::instant now) {
  return "shortened r" + std::to_string(what.request.value) + ", valid for " +
         to_text(what.deadline - now);
}

std::string in_words(const core::lost& what, core::instant) {
  return "lost r" + std::to_string(what.request.value) + ": " + std::string(word_for(what.reason));
}

std::string in_words(const core::failed& what, core::instant) {
  return "failed r" + std::to_string(what.request.value) + ": " +
         std::string(word_for(what.reason));
}

std::string in_words(const core::contended& what, core::instant) {
  return "contended r" + std::to_string(what.request.value);
}

std::string in_words(const core::report& what, core::instant) {
  return std::string("reports: ") + to_text(what, {});
}

std::string in_words(const core::answered& what, core::instant) {
  return "hears from " + std::to_string(what.from.node.value) + ": " +
         std::visit([](const auto& part) { return to_text(core::message(part)); }, what.content);
}

std::string in_words(const core::observed& what, core::instant) {
  const std::string holder = what.view.holder.node
                                 ? std::to_string(what.view.holder.node.value) +
                                       " token=" + std::to_string(what.view.ballot.value)
                                 : std::string("nobody");
  return "observes \"" + what.lock + "\": " + holder +
         (what.view.known ? "" : ", not heard lately");
}

std::string in_words(const core::joined&, core::instant) {
  return "joined";
}

std::string in_words(const core::departed&, core::instant) {
  return "departed";
}

}  // namespace

name_book::name_book(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    names_.emplace_back(std::to_string(core::node_id_of(name).value), name);
  }
}

std::string name_book::replace(std::string text) const {
  for (const auto& [digits, name] : names_) {
    for (std::size_t at = text.find(digits); at != std::string::npos; at = text.find(digits, at)) {
      text.replace(at, digits.size(), name);
    }
  }
  return text;
}

std::string name_book::name_of(core::node_id id) const {
  return replace(std::to_string(id.value));
}

frame_text describe_frame(std::span<const std::byte> frame, const config& settings,
                          const name_book& names) {
  std::vector<std::byte> copy(frame.begin(), frame.end());
  core::received_frame read;
  const core::frame_error error = core::read_frame(copy, core::hash_of(settings.cluster),
                                                   core::sealer(settings.cluster_key), read);
  frame_text text;
  if (error != core::frame_error::none) {
    text.messages.emplace_back(core::to_string(error));
    return text;
  }
  if (read.header.generation) {
    text.session = "generation=" + std::to_string(read.header.generation.value);
  }
  if (read.header.session_covers_echo) {
    text.session += " covers=" + to_text(read.header.echo->time_since_epoch());
  }
  core::message content;
  while (read.messages.next(content)) {
    text.messages.push_back(names.replace(core::to_text(content)));
  }
  return text;
}

std::string describe(const core::action& what, core::instant now, const name_book& names) {
  return std::visit(
      [&]<class T>(const T& one) -> std::string {
        if constexpr (std::is_same_v<T, core::send>) {
          return {};
        } else if constexpr (std::is_same_v<T, core::member_changed>) {
          constexpr const char* kinds[] = {"joined", "suspected", "refuted",
                                           "died",   "left",      "updated"};
          return "sees " + names.name_of(one.id) + ": " + kinds[static_cast<int>(one.kind)];
        } else {
          return names.replace(in_words(one, now));
        }
      },
      what);
}

std::string_view word_for(loss_reason reason) {
  switch (reason) {
    case loss_reason::none:
      return "none";
    case loss_reason::expired:
      return "expired";
    case loss_reason::no_quorum:
      return "no_quorum";
    case loss_reason::superseded:
      return "superseded";
    case loss_reason::shut_down:
      return "shut_down";
    case loss_reason::held_too_long:
      return "held_too_long";
    case loss_reason::clocks_disagree:
      return "clocks_disagree";
  }
  return "?";
}

std::string_view word_for(errc reason) {
  switch (reason) {
    case errc::timed_out:
      return "timed_out";
    case errc::would_block:
      return "would_block";
    case errc::cancelled:
      return "cancelled";
    case errc::leaving:
      return "leaving";
    case errc::superseded:
      return "superseded";
    case errc::lock_lost:
      return "lock_lost";
    case errc::invalid_lock_name:
      return "invalid_lock_name";
    case errc::invalid_config:
      return "invalid_config";
    case errc::too_many_requests:
      return "too_many_requests";
    case errc::lease_too_long:
      return "lease_too_long";
    case errc::roster_mismatch:
      return "roster_mismatch";
    case errc::clocks_disagree:
      return "clocks_disagree";
    case errc::lock_kind_mismatch:
      return "lock_kind_mismatch";
    case errc::deadlock:
      return "deadlock";
    case errc::not_joined:
      return "not_joined";
    case errc::observer:
      return "observer";
    case errc::address_in_use:
      return "address_in_use";
    case errc::address_invalid:
      return "address_invalid";
    case errc::seed_unreachable:
      return "seed_unreachable";
  }
  return "?";
}

}  // namespace conclave::sim
