// Laying locks out.
#include "tools/lock_list.hpp"

#include "tools/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace conclave::tools {

namespace {

nlohmann::ordered_json use_json(const lock_use& one) {
  const bool lent = static_cast<bool>(one.ballot);
  const bool permit = one.mode == use_mode::permit;
  return {{"node", one.node},
          {"boot", one.boot},
          {"request", one.request},
          {"ticket_time", one.ticket_time},
          {"ballot", lent ? nlohmann::ordered_json(one.ballot.value()) : nullptr},
          {"mode", to_string(one.mode)},
          {"slot", permit ? nlohmann::ordered_json(one.slot) : nullptr},
          {"session_left_ms",
           std::chrono::duration_cast<std::chrono::milliseconds>(one.session_left).count()}};
}

nlohmann::ordered_json uses_json(const std::vector<lock_use>& all) {
  nlohmann::ordered_json made = nlohmann::ordered_json::array();
  for (const lock_use& one : all) {
    made.push_back(use_json(one));
  }
  return made;
}

}  // namespace

std::string to_table(const std::vector<lock_listing>& locks) {
  std::size_t name_width = 4;
  std::size_t holder_width = 6;
  for (const lock_listing& one : locks) {
    name_width = std::max(name_width, one.lock.size());
    holder_width = std::max(holder_width, one.holder.size());
  }
  std::string text = fmt::format("{:<{}}  {:<{}}  {:>20}  {:>5}  {:>7}\n", "LOCK", name_width,
                                 "HOLDER", holder_width, "TOKEN", "VOTES", "WAITING");
  for (const lock_listing& one : locks) {
    text +=
        fmt::format("{:<{}}  {:<{}}  {:>20}  {:>5}  {:>7}\n", printable(one.lock), name_width,
                    one.holder.empty() ? "-" : printable(one.holder), holder_width,
                    one.token ? std::to_string(one.token.value()) : "-", one.votes, one.waiting);
  }
  return text;
}

std::string to_text(lock_explanation explained) {
  const auto clean = [](std::string& text) { text = printable(std::move(text)); };
  for (std::string* text : {&explained.lock, &explained.node, &explained.why}) {
    clean(*text);
  }
  for (lock_request_account& one : explained.here) {
    std::ranges::for_each(one.votes, clean);
  }
  for (voter_account& one : explained.voters) {
    clean(one.name);
    std::ranges::for_each(one.lent, clean, &lock_use::node);
    std::ranges::for_each(one.queue, clean, &lock_use::node);
  }
  return to_string(explained);
}

nlohmann::ordered_json to_json(const std::vector<lock_listing>& locks) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const lock_listing& one : locks) {
    const bool had = !one.holder.empty();
    all.push_back({{"lock", one.lock},
                   {"holder", had ? nlohmann::ordered_json(one.holder) : nullptr},
                   {"token", had ? nlohmann::ordered_json(one.token.value()) : nullptr},
                   {"votes", one.votes},
                   {"waiting", one.waiting}});
  }
  return {{"locks", std::move(all)}};
}

nlohmann::ordered_json to_json(const lock_explanation& explained) {
  nlohmann::ordered_json voters = nlohmann::ordered_json::array();
  for (const voter_account& one : explained.voters) {
    voters.push_back({{"name", one.name},
                      {"answered", one.answered},
                      {"abstains", one.abstains},
                      {"floor", one.floor.value()},
                      {"permits", one.permits},
                      {"lent_count", one.lent_count},
                      {"queue_count", one.queue_count},
                      {"lent", uses_json(one.lent)},
                      {"queue", uses_json(one.queue)}});
  }
  return {{"lock", explained.lock},
          {"why", explained.why},
          {"quorum", explained.quorum},
          {"voters", std::move(voters)}};
}

}  // namespace conclave::tools
