// Asking, and gathering what comes.
#include "runtime/inquiries.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace conclave::runtime {

namespace {

constexpr core::duration ask_again_after = std::chrono::milliseconds(100);
// Of one member at most: it may say more than there is.
constexpr std::size_t parts_max = 100'000;
constexpr std::size_t uses_max = 64;  // of one lock; an honest voter names no more than 32

bool is_known(const asked_voter& voter, const core::lock_use& said) {
  return std::ranges::any_of(voter.uses, [&](const core::lock_use& one) {
    return one.kind == said.kind && one.boot == said.boot && one.ticket == said.ticket;
  });
}

// A result that waits for the node's mutex to be free again.
template <class Result>
class with_result final : public detail::completion<> {
 public:
  with_result(std::unique_ptr<detail::completion<Result>> done, Result result)
      : done_(std::move(done)), result_(std::move(result)) {}

  void complete(detail::invocation how, boost::system::error_code error) override {
    done_->complete(how, error, std::move(result_));
  }

 private:
  std::unique_ptr<detail::completion<Result>> done_;
  Result result_;
};

template <class Result>
void end(std::unique_ptr<detail::completion<Result>> done, boost::system::error_code error,
         Result result, outcomes& due) {
  due.add(std::make_unique<with_result<Result>>(std::move(done), std::move(result)), error);
}

// Who may have a vote: all that are named, or all that run where nobody is.
std::vector<core::node_id> voters_of(const core::node& core) {
  std::vector<core::node_id> all;
  if (!core.roster().empty()) {
    all.assign(core.roster().voters.begin(), core.roster().voters.end());
    return all;
  }
  for (const core::belief* one : core.members().table().by_name()) {
    if (one->id() != core.self().node && one->status != member_status::dead &&
        one->status != member_status::left) {
      all.push_back(one->id());
    }
  }
  return all;
}

}  // namespace

void inquiries::ask(core::node& core, question& one, core::instant now, core::actions& out) {
  one.ask_at = now + ask_again_after;
  for (const core::node_id id : voters_of(core)) {
    if (std::ranges::find(one.voters, id, &asked_voter::id) == one.voters.end()) {
      one.voters.push_back({.id = id});
    }
  }
  for (asked_voter& voter : one.voters) {
    if (!voter.done) {
      voter.number = ++last_number_;
      voter.uses.clear();
      const core::inquiry asked{
          .number = voter.number, .lock = one.lock, .position = voter.position};
      static_cast<void>(core.inquire(voter.id, asked, now, out));
    }
  }
}

void inquiries::heard(const core::answered& part) {
  const std::uint64_t number =
      std::visit([](const auto& content) { return content.number; }, part.content);
  for (question& one : open_) {
    for (asked_voter& voter : one.voters) {
      if (voter.number != number || voter.id != part.from.node || voter.done) {
        continue;
      }
      std::visit(
          [&]<class T>(const T& content) {
            if constexpr (std::is_same_v<T, core::inquiry_end>) {
              voter.end = content;
              voter.done = content.next <= voter.position;
              voter.position = content.next;
              one.ask_at = voter.done ? one.ask_at : core::long_ago;
            } else if constexpr (std::is_same_v<T, core::lock_use>) {
              if (voter.uses.size() < uses_max && !is_known(voter, content)) {
                voter.uses.push_back(content);
              }
            } else if (voter.locks.size() < parts_max) {
              voter.locks.push_back(content);
            }
          },
          part.content);
      return;
    }
  }
}

void inquiries::finish(const core::node& core, question& one, core::instant now, outcomes& due) {
  if (one.explain) {
    end(std::move(one.explain), {}, explanation_of(core, one.lock, one.voters, now), due);
  } else {
    end(std::move(one.list), {}, listing_of(core, one.voters), due);
  }
}

void inquiries::go_on(core::node& core, core::instant now, core::actions& out, outcomes& due) {
  std::erase_if(open_, [&](question& one) {
    const bool complete =
        !one.voters.empty() && std::ranges::all_of(one.voters, &asked_voter::done);
    if (!complete && now < one.give_up_at) {
      return false;
    }
    finish(core, one, now, due);
    return true;
  });
  for (question& one : open_) {
    if (one.ask_at <= now) {
      ask(core, one, now, out);
    }
  }
}

void inquiries::refuse(question one, boost::system::error_code error, outcomes& due) {
  if (one.explain) {
    end(std::move(one.explain), error, lock_explanation{}, due);
  } else {
    end(std::move(one.list), error, std::vector<lock_listing>{}, due);
  }
}

void inquiries::end_all(boost::system::error_code error, outcomes& due) {
  for (question& one : std::exchange(open_, {})) {
    refuse(std::move(one), error, due);
  }
}

core::instant inquiries::next_deadline() const {
  core::instant earliest = core::never;
  for (const question& one : open_) {
    const bool complete =
        !one.voters.empty() && std::ranges::all_of(one.voters, &asked_voter::done);
    earliest = std::min({earliest, one.give_up_at, complete ? core::long_ago : one.ask_at});
  }
  return earliest;
}

}  // namespace conclave::runtime
