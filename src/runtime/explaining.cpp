// What follows from what the voters say, and from what this node knows itself.
#include "runtime/inquiries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>

namespace conclave::runtime {

namespace {

use_mode mode_of(core::lock_mode mode) {
  switch (mode) {
    case core::lock_mode::exclusive:
      return use_mode::exclusive;
    case core::lock_mode::shared:
      return use_mode::shared;
    case core::lock_mode::permit:
      return use_mode::permit;
  }
  return use_mode::exclusive;
}

lock_use use_of(const core::node& core, const core::lock_use& said) {
  return {.node = name_of(core, said.node),
          .boot = said.boot.value,
          .request = said.ticket.request.value,
          .ticket_time = said.ticket.time.value,
          .ballot = fencing_token(said.ballot.value),
          .mode = mode_of(said.mode),
          .slot = said.slot > core::any_slot ? std::uint32_t{said.slot} - core::only_slot : 0,
          .session_left = said.session_left};
}

voter_account account_of(const core::node& core, const asked_voter& voter) {
  voter_account one;
  one.name = name_of(core, voter.id);
  one.answered = voter.done;
  one.abstains = voter.end.abstains;
  one.session_left = voter.end.session_left;
  for (const core::lock_use& said : voter.done ? voter.uses : std::vector<core::lock_use>()) {
    (said.kind == core::use_kind::lent ? one.lent : one.queue).push_back(use_of(core, said));
  }
  one.lent_count = std::max<std::size_t>(voter.end.lent, one.lent.size());
  one.queue_count = std::max<std::size_t>(voter.end.waiting, one.queue.size());
  one.permits = voter.end.permits;
  one.floor = fencing_token(voter.end.floor.value);
  if (const auto index = core.asks().views().index_of(voter.id); index) {
    one.excluded = core.asks().views().at(*index).excluded();
  }
  if (const core::peer* peer = core.links().find(voter.id); peer != nullptr) {
    if (const auto& rate = peer->clock.bounds()) {
      one.clock = clock_rate{.lower_ppm = rate->lower_ppm, .upper_ppm = rate->upper_ppm};
    }
  }
  return one;
}

lock_request_account account_of(const core::node& core, core::request_id id,
                                const core::attempt& it, core::instant now) {
  constexpr request_state states[] = {request_state::queued, request_state::asking,
                                      request_state::holding, request_state::kept};
  lock_request_account one;
  one.request = id.value;
  one.state = states[static_cast<std::size_t>(it.phase)];
  one.token = fencing_token(it.held() ? it.last_used().value : 0);
  one.remaining = it.held() ? std::max(core::duration(0), it.deadline - now) : core::duration(0);
  const core::voter_views& views = core.asks().views();
  for (std::size_t voter = 0; voter < it.votes.size(); ++voter) {
    if (it.counts(it.votes[voter], views.at(voter), now)) {
      one.votes.push_back(name_of(core, views.at(voter).id));
    }
  }
  return one;
}

std::string seconds(std::chrono::nanoseconds length) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(length).count());
}

std::string joined(const std::vector<std::string>& all) {
  return fmt::format("{}", fmt::join(all, ", "));
}

// Whose request most voters lend to.
struct seen_holder {
  std::string node;
  std::uint64_t request = 0;
  std::size_t votes = 0;
  fencing_token ballot;
  use_mode mode = use_mode::exclusive;
};

std::vector<seen_holder> holders_of(const lock_explanation& all) {
  std::map<std::pair<std::string, std::uint64_t>, seen_holder> by_request;
  for (const voter_account& voter : all.voters) {
    for (const lock_use& use : voter.lent) {
      seen_holder& one = by_request[{use.node, use.request}];
      one.node = use.node;
      one.request = use.request;
      ++one.votes;
      one.ballot = std::max(one.ballot, use.ballot);
      one.mode = use.mode;
    }
  }
  std::vector<seen_holder> sorted;
  for (auto& [key, one] : by_request) {
    sorted.push_back(std::move(one));
  }
  std::ranges::stable_sort(sorted, std::ranges::greater(), &seen_holder::votes);
  return sorted;
}

// The most that any voter has before this node's request.
std::size_t before_us(const lock_explanation& all) {
  std::size_t most = 0;
  for (const voter_account& voter : all.voters) {
    const auto ours = std::ranges::find(voter.queue, all.node, &lock_use::node);
    if (ours != voter.queue.end()) {
      most = std::max(most, static_cast<std::size_t>(ours - voter.queue.begin()));
    }
  }
  return most;
}

std::string of_the_voters(const lock_explanation& all) {
  std::vector<std::string> silent;
  std::vector<std::string> abstaining;
  std::vector<std::string> excluded;
  for (const voter_account& one : all.voters) {
    if (!one.answered) {
      silent.push_back(one.name);
    } else if (one.excluded) {
      excluded.push_back(one.name);
    } else if (one.abstains) {
      abstaining.push_back(one.name);
    }
  }
  std::string text;
  if (!silent.empty()) {
    text += fmt::format("No answer from {}. ", joined(silent));
  }
  if (!abstaining.empty()) {
    text += fmt::format("{} started lately and lends nothing yet. ", joined(abstaining));
  }
  if (!excluded.empty()) {
    text += fmt::format("Votes of {} do not count here. ", joined(excluded));
  }
  const std::size_t usable =
      all.voters.size() - silent.size() - abstaining.size() - excluded.size();
  if (all.quorum > 0 && usable < all.quorum) {
    text += fmt::format(
        "{} of {} voters are left and {} are needed: nobody on this side gets it "
        "until more are back. ",
        usable, all.voters.size(), all.quorum);
  }
  return text;
}

std::string of_the_holders(const lock_explanation& all) {
  const std::vector<seen_holder> holders = holders_of(all);
  if (holders.empty()) {
    return "No voter that answered has lent its vote. ";
  }
  std::string text;
  for (const seen_holder& one : holders) {
    const bool has = all.quorum > 0 && one.votes >= all.quorum;
    text += fmt::format("{} {} it{} ({} of {} votes, ballot {}). ", one.node, has ? "has" : "wants",
                        one.mode == use_mode::shared ? ", shared" : "", one.votes,
                        all.voters.size(), one.ballot.value());
  }
  return text;
}

std::string why(const lock_explanation& all) {
  const std::string voters = of_the_voters(all);
  if (all.here.empty()) {
    return fmt::format("{} does not want it. {}{}", all.node, of_the_holders(all), voters);
  }
  const lock_request_account& first = all.here.front();
  std::string text;
  switch (first.state) {
    case request_state::holding:
      text = fmt::format("{} has it with token {}, for {} if no voter is heard of again. ",
                         all.node, first.token.value(), seconds(first.remaining));
      break;
    case request_state::kept:
      text =
          fmt::format("{} keeps it and does not use it: it goes to whoever wants it. ", all.node);
      break;
    case request_state::queued:
    case request_state::asking: {
      text = fmt::format("{} waits: it has {} of {} votes, and {} alike are needed. ", all.node,
                         first.votes.size(), all.voters.size(), all.quorum);
      text += of_the_holders(all);
      if (const std::size_t before = before_us(all); before > 0) {
        text += fmt::format("{} wait before it. ", before);
      }
      break;
    }
  }
  if (all.here.size() > 1) {
    text += fmt::format("{} more requests of this node wait for it. ", all.here.size() - 1);
  }
  return text + voters;
}

}  // namespace

std::string name_of(const core::node& core, core::node_id id) {
  const core::belief* known = core.members().table().find(id);
  return known != nullptr ? known->record->name : fmt::format("{:016x}", id.value);
}

lock_explanation explanation_of(const core::node& core, const std::string& lock,
                                const std::vector<asked_voter>& voters, core::instant now) {
  lock_explanation all;
  all.lock = lock;
  all.node = name_of(core, core.self().node);
  for (const auto& [id, it] : core.asks().attempts()) {
    if (it.lock == lock) {
      all.here.push_back(account_of(core, id, it, now));
    }
  }
  for (const asked_voter& voter : voters) {
    // Where the voters are not known, who says nothing may have no vote.
    if (voter.done || !core.roster().empty()) {
      all.voters.push_back(account_of(core, voter));
    }
  }
  std::ranges::sort(all.voters, {}, &voter_account::name);
  const std::size_t voters_known =
      core.roster().empty() ? all.voters.size() : core.roster().voters.size();
  all.quorum = voters_known == 0 ? 0 : voters_known / 2 + 1;
  all.why = why(all);
  all.why.erase(all.why.find_last_not_of(' ') + 1);
  return all;
}

std::vector<lock_listing> listing_of(const core::node& core,
                                     const std::vector<asked_voter>& voters) {
  struct counted {
    std::map<core::node_id, std::pair<std::size_t, core::ballot>> holders;
    std::size_t waiting = 0;
  };
  std::map<std::string, counted> by_name;
  for (const asked_voter& voter : voters) {
    // Each once, whatever was repeated on the way.
    std::map<std::string_view, const core::lock_summary*> last;
    for (const core::lock_summary& said : voter.locks) {
      last[said.lock] = &said;
    }
    for (const auto& [name, summary] : last) {
      const core::lock_summary& said = *summary;
      counted& one = by_name[said.lock];
      if (said.holder) {
        auto& [votes, ballot] = one.holders[said.holder];
        ++votes;
        ballot = std::max(ballot, said.ballot);
      }
      one.waiting = std::max<std::size_t>(one.waiting, said.waiting);
    }
  }
  std::vector<lock_listing> all;
  for (const auto& [name, one] : by_name) {
    lock_listing line{.lock = name, .waiting = one.waiting};
    for (const auto& [id, said] : one.holders) {
      if (said.first > line.votes) {
        line.holder = name_of(core, id);
        line.votes = said.first;
        line.token = fencing_token(said.second.value);
      }
    }
    all.push_back(std::move(line));
  }
  return all;
}

}  // namespace conclave::runtime

namespace conclave {

const char* to_string(use_mode mode) noexcept {
  switch (mode) {
    case use_mode::exclusive:
      return "exclusive";
    case use_mode::shared:
      return "shared";
    case use_mode::permit:
      return "permit";
  }
  return "?";
}

const char* to_string(request_state state) noexcept {
  switch (state) {
    case request_state::queued:
      return "queued";
    case request_state::asking:
      return "asking";
    case request_state::holding:
      return "holding";
    case request_state::kept:
      return "kept";
  }
  return "?";
}

std::string to_string(const lock_explanation& explained) {
  std::string text = fmt::format("lock \"{}\": {}\n", explained.lock, explained.why);
  for (const lock_request_account& one : explained.here) {
    text += fmt::format("request {} of {}: {}{}, votes of: {}\n", one.request, explained.node,
                        to_string(one.state),
                        one.token ? fmt::format(", token {}", one.token.value()) : "",
                        one.votes.empty() ? "nobody" : runtime::joined(one.votes));
  }
  for (const voter_account& voter : explained.voters) {
    text += fmt::format("voter {}: ", voter.name);
    if (!voter.answered) {
      text += "no answer\n";
      continue;
    }
    text += fmt::format(
        "{}{}{}floor {}\n", voter.abstains ? "abstains, " : "",
        voter.session_left.count() > 0 ? fmt::format("session of {} for {}, ", explained.node,
                                                     runtime::seconds(voter.session_left))
                                       : "",
        voter.clock
            ? fmt::format("clock {:+}..{:+} ppm, ", voter.clock->lower_ppm, voter.clock->upper_ppm)
            : "",
        voter.floor.value());
    for (const lock_use& use : voter.lent) {
      text += fmt::format("  lent to {} request {}, ballot {}, {}{}, session for {}\n", use.node,
                          use.request, use.ballot.value(), to_string(use.mode),
                          use.mode == use_mode::permit ? fmt::format(" {}", use.slot) : "",
                          runtime::seconds(use.session_left));
    }
    for (const lock_use& use : voter.queue) {
      text += fmt::format("  waits: {} request {}, {}, ticket {}, session for {}\n", use.node,
                          use.request, to_string(use.mode), use.ticket_time,
                          runtime::seconds(use.session_left));
    }
    const std::size_t left_out =
        voter.lent_count + voter.queue_count - voter.lent.size() - voter.queue.size();
    if (left_out > 0) {
      text += fmt::format("  and {} more\n", left_out);
    }
  }
  text.pop_back();
  return text;
}

}  // namespace conclave
