// From what an observer is told to events with numbers.
#include "sim/report/recorder.hpp"

#include "base/check.hpp"
#include "sim/report/window.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace conclave::sim {

namespace {

std::string name_of(core::request_id request) {
  return "r" + std::to_string(request.value);
}

std::string in_words(const std::string& lock, core::request_id request,
                     const core::lock_request& how, core::instant now) {
  std::string text = "lock \"" + lock + "\" as " + name_of(request);
  if (how.span > 1) {
    text += ", " + std::to_string(how.span) + " tokens";
  }
  if (how.mode == core::lock_mode::shared) {
    text += ", shared";
  }
  if (how.mode == core::lock_mode::permit) {
    text += ", one of " + std::to_string(how.permits) + " permits";
  }
  if (!how.wait) {
    text += ", without waiting";
  } else if (how.give_up_at != core::never) {
    text += ", for at most " + to_text(how.give_up_at - now);
  }
  return text;
}

std::string joined(const std::vector<std::string>& messages) {
  std::string text;
  for (const std::string& one : messages) {
    text += (text.empty() ? "" : " | ") + one;
  }
  return text;
}

// What nodes say about members and themselves, as opposed to what users wait for.
bool is_about_members(const core::action& what) {
  return std::holds_alternative<core::member_changed>(what) ||
         std::holds_alternative<core::report>(what) || std::holds_alternative<core::joined>(what) ||
         std::holds_alternative<core::departed>(what);
}

}  // namespace

std::uint64_t recorder::add(recorded_event what) {
  if (what.at >= limits_.from && what.at <= limits_.to) {
    if (events_.size() >= 2 * limits_.events_max) {
      const auto surplus = static_cast<std::ptrdiff_t>(events_.size() - limits_.events_max);
      events_.erase(events_.begin(), events_.begin() + surplus);
    }
    events_.push_back(what);
    ++in_window_;
  } else if (what.at > limits_.to) {
    ++after_window_;
  }
  return next_number_++;
}

std::uint64_t recorder::add(recorded_kind kind, std::uint32_t node, std::string_view text,
                            true_time now) {
  return add({.at = now, .kind = kind, .node = node, .text = texts_.number_of(text)});
}

void recorder::begins(const cluster& watched) {
  watched_ = &watched;
  locks_ = watched.locks();
  std::vector<std::string> names;
  for (machine_index at = 0; at < watched.size(); ++at) {
    names.push_back(watched.at(at).name());
  }
  names_.emplace(names);
  state_.emplace(watched, texts_);
}

void recorder::started(machine_index at, true_time now) {
  state_->started(at, now);
  add(recorded_kind::started, at, "", now);
}

void recorder::stopped(machine_index at, true_time now) {
  state_->stopped(at, now);
  add(recorded_kind::stopped, at, "", now);
}

void recorder::leaves(machine_index at, true_time now) {
  add(recorded_kind::call, at, "leave", now);
}

void recorder::asked(machine_index at, lock_index lock, core::request_id request,
                     const core::lock_request& how, true_time now) {
  add(recorded_kind::call, at, in_words(locks_[lock], request, how, watched_->at(at).local(now)),
      now);
}

void recorder::unlocked(machine_index at, core::request_id request, bool held, true_time now) {
  state_->ends_by(at, request, "unlocked");
  add(recorded_kind::call, at,
      "unlock " + name_of(request) + (held ? ", in time" : ", not held any more"), now);
}

void recorder::downgraded(machine_index at, core::request_id request, bool held, true_time now) {
  add(recorded_kind::call, at,
      "downgrade " + name_of(request) + (held ? ": it is shared" : ", not held any more"), now);
}

void recorder::token_taken(machine_index at, core::request_id request,
                           std::optional<fencing_token> token, true_time now) {
  const std::string got = token ? "token " + std::to_string(token->value()) : "no token";
  add(recorded_kind::call, at, "take a token of " + name_of(request) + ": " + got, now);
}

void recorder::happened(machine_index at, const core::action& what, true_time now) {
  if (const auto* loss = std::get_if<core::lost>(&what); loss != nullptr) {
    state_->ends_by(at, loss->request, "lost: " + std::string(word_for(loss->reason)));
  }
  add(is_about_members(what) ? recorded_kind::member : recorded_kind::action, at,
      describe(what, watched_->at(at).local(now), *names_), now);
}

void recorder::stepped(machine_index at, true_time now) {
  state_->stepped(at, now);
}

void recorder::sent(machine_index from, std::optional<machine_index> to,
                    std::span<const std::byte> frame, true_time now) {
  const frame_text text = describe_frame(frame, watched_->at(from).settings, *names_);
  last_sent_to_ = to.value_or(no_node);
  last_sent_kept_ = now >= limits_.from && now <= limits_.to;
  last_sent_ = add({.at = now,
                    .kind = recorded_kind::sent,
                    .node = from,
                    .peer = last_sent_to_,
                    .text = texts_.number_of(joined(text.messages))});
}

// Told right after sent(), so that it is about the last event.
void recorder::lost(loss why) {
  if (!last_sent_kept_) {
    return;
  }
  switch (why) {
    case loss::lost:
      events_.back().fate = recorded_fate::lost;
      break;
    case loss::blocked:
      events_.back().fate = recorded_fate::blocked;
      break;
    case loss::queue_full:
      events_.back().fate = recorded_fate::queue_full;
      break;
    case loss::nobody:
    case loss::no_buffer:
    case loss::asleep:
      events_.back().fate = recorded_fate::nobody;
      break;
  }
}

void recorder::launched(std::uint32_t datagram) {
  if (datagram >= flights_.size()) {
    flights_.resize(std::size_t{datagram} + 1);
  }
  flights_[datagram] = {.cause = last_sent_, .to = last_sent_to_};
}

void recorder::arrived(std::uint32_t datagram, machine_index at, true_time now) {
  state_->read_clock(at, now);
  add({.at = now, .kind = recorded_kind::arrived, .node = at, .cause = flights_[datagram].cause});
}

void recorder::dropped(std::uint32_t datagram, std::optional<machine_index> at, loss why,
                       true_time now) {
  add({.at = now,
       .kind = recorded_kind::dropped,
       .node = at.value_or(flights_[datagram].to),
       .text = texts_.number_of(to_string(why)),
       .cause = flights_[datagram].cause});
}

void recorder::stands_still(machine_index at, bool still, true_time now) {
  if (!state_->stands_still(at, still, now)) {
    return;
  }
  add(still ? recorded_kind::paused : recorded_kind::resumed, at, "", now);
}

void recorder::fault_begins(std::uint32_t fault, std::string text, std::uint32_t machines,
                            true_time now) {
  const std::uint32_t words = texts_.number_of(text);
  const auto here = static_cast<std::uint32_t>((std::uint64_t{1} << watched_->size()) - 1);
  const std::uint64_t cause = add({.at = now, .kind = recorded_kind::fault_begins, .text = words});
  faults_now_.push_back({.number = fault, .position = faults_.size(), .cause = cause});
  faults_.push_back(
      {.text = words, .machines = machines & here, .during = {.from = now, .to = end_of_time}});
}

void recorder::fault_ends(std::uint32_t fault, true_time now) {
  const auto one = std::ranges::find(faults_now_, fault, &fault_now::number);
  if (one == faults_now_.end()) {
    return;
  }
  faults_[one->position].during.to = now;
  add({.at = now,
       .kind = recorded_kind::fault_ends,
       .text = faults_[one->position].text,
       .cause = one->cause});
  faults_now_.erase(one);
}

// Faults and starts are told on their own as well; the lines about them add nothing.
void recorder::noted(std::string_view line, true_time now) {
  for (const std::string_view mark : {"BROKEN ", "NO PROGRESS "}) {
    if (line.starts_with(mark)) {
      add(recorded_kind::broken, no_node, line.substr(mark.size()), now);
    }
  }
  if (line.starts_with("--- ")) {
    add(recorded_kind::note, no_node, line.substr(4), now);
  }
}

recording recorder::finish(const options& drawn, const run_result& result) {
  core::check(state_.has_value(), "a recorder watches a run, and is asked once");
  recording all;
  all.seed = drawn.seed;
  all.outcome = to_string(result.outcome);
  all.what = result.what;
  all.options = describe(drawn);
  state_->finish(result.ended, all);
  for (const fault_now& one : faults_now_) {
    faults_[one.position].during.to = result.ended;
  }
  all.locks = std::move(locks_);
  all.faults = std::move(faults_);
  all.events = std::move(events_);
  all.texts = texts_.texts();
  all.events_total = in_window_;
  all.first_event = next_number_ - after_window_ - all.events.size();
  all.window = {.from = limits_.from, .to = std::min(limits_.to, result.ended)};
  state_.reset();
  watched_ = nullptr;
  cut(all, all.window, limits_.events_max);
  return all;
}

}  // namespace conclave::sim
