// What memberlist does, as far as its papers and settings tell.
#include "sim/experiment/model.hpp"

#include "base/digest.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace conclave::sim {

namespace {

using what = model_word::what;

// Estimates: MessagePack with the names of the fields, names of 12 bytes.
constexpr std::uint64_t bytes_of(what kind) {
  switch (kind) {
    case what::ping:
      return 75;
    case what::ping_request:
      return 100;
    case what::ack:
    case what::nack:
      return 20;
    case what::alive:
      return 85;
    case what::suspect:
    case what::dead:
      return 55;
    case what::pull:
      return 60;
  }
  return 0;
}

constexpr std::uint64_t datagram_max = 1'400;
constexpr std::uint64_t of_each_in_one = 2;      // its length, in a datagram of several messages
constexpr std::uint32_t push_pull_members = 32;  // with more it is done less often

std::uint64_t bytes_of(const std::vector<model_word>& words) {
  std::uint64_t sum = ip_and_udp;
  for (const model_word& each : words) {
    sum += bytes_of(each.is) + of_each_in_one;
  }
  return sum;
}

std::uint64_t share_of_digest(member_index about) {
  return core::mix(std::uint64_t{about} + 1);
}

duration times(duration length, double factor) {
  return std::chrono::duration_cast<duration>(length * factor);
}

}  // namespace

model_process::model_process(const model_settings& settings, const model_start& start, instant now,
                             core::random_source random)
    : settings_(settings), start_(start), random_(random), table_(start.members) {
  table_[start.self] = {.incarnation = 1, .is = status::alive, .since = now};
  live_ = 1;
  live_digest_ = share_of_digest(start.self);
  // Each loop begins at a time of its own.
  next_probe_at_ = now + random_.between(duration(0), settings.probe_interval);
  next_gossip_at_ = now + random_.between(duration(0), settings.gossip_interval);
  next_push_pull_at_ = now + random_.between(duration(0), settings.push_pull_interval);
}

void model_process::join(instant now, process_output& out) {
  broadcast({.is = what::alive, .about = start_.self, .incarnation = 1});
  if (start_.through != start_.self) {
    push_pull(start_.through, true, out);
    next_push_pull_at_ = now + settings_.push_pull_interval;
  }
}

void model_process::introduce(parcel& to) const {
  to.words.push_back({.is = model_word::what::alive,
                      .about = start_.self,
                      .incarnation = table_[start_.self].incarnation});
}

instant model_process::next_deadline() const {
  instant next = std::min(next_gossip_at_, next_push_pull_at_);
  next = std::min(next, probe_ ? std::max(probe_->next_at, stands_until_) : next_probe_at_);
  for (const auto& [about, one] : suspicions_) {
    next = std::min(next, one.deadline);
  }
  for (const auto& [number, one] : relays_) {
    next = std::min({next, one.nack_at, one.expires_at});
  }
  return next;
}

void model_process::tick(instant now, process_output& out) {
  std::vector<member_index> over;
  for (const auto& [about, one] : suspicions_) {
    if (one.deadline <= now) {
      over.push_back(about);
    }
  }
  for (const member_index about : over) {
    hear_dead({.is = what::dead,
               .about = about,
               .incarnation = table_[about].incarnation,
               .by = start_.self},
              now, out);
  }
  for (auto each = relays_.begin(); each != relays_.end();) {
    relay& one = each->second;
    if (one.nack_at <= now) {
      one.nack_at = core::never;
      send(one.asker, {{.is = what::nack, .probe = one.asked_as}}, out);
    }
    each = one.expires_at <= now ? relays_.erase(each) : std::next(each);
  }
  if (probe_) {
    go_on_probing(now, out);
  } else if (next_probe_at_ <= now) {
    start_probe(now, out);
  }
  const bool stands = stands_until_ > now;
  if (next_gossip_at_ <= now) {
    if (!stands) {
      gossip(now, out);
    }
    next_gossip_at_ = std::max(now + settings_.gossip_interval, stands_until_);
  }
  if (next_push_pull_at_ <= now) {
    // With twice as many members half as often.
    const auto doublings = static_cast<std::int64_t>(
        std::bit_width(std::max<std::size_t>(1, (live_ - 1) / push_pull_members)));
    next_push_pull_at_ = std::max(
        now + settings_.push_pull_interval * std::max<std::int64_t>(1, doublings), stands_until_);
    const std::vector<member_index> with = pick(1, start_.self, false, now);
    if (!stands && !with.empty()) {
      push_pull(with.front(), true, out);
    }
  }
}

// --- probes -------------------------------------------------------------------------------------

void model_process::start_probe(instant now, process_output& out) {
  next_probe_at_ = now + settings_.probe_interval;
  for (std::size_t tried = 0; tried <= ring_.size(); ++tried) {
    if (ring_at_ >= ring_.size()) {
      for (std::size_t i = 1; i < ring_.size(); ++i) {
        std::swap(ring_[i], ring_[random_.below(i + 1)]);
      }
      ring_at_ = 0;
    }
    if (ring_.empty()) {
      return;
    }
    const member_index target = ring_[ring_at_++];
    const status is = table_[target].is;
    if (is == status::alive || is == status::suspect) {
      const auto slowed = static_cast<std::int64_t>(settings_.scales_probes ? health_ + 1 : 1);
      probe_ = probing{.target = target,
                       .number = ++last_number_,
                       .began = now,
                       .next_at = now,
                       .deadline = now + settings_.probe_interval * slowed};
      go_on_probing(now, out);
      return;
    }
  }
}

// Each stage begins with a send. While those stand still the time for an answer goes on.
void model_process::go_on_probing(instant now, process_output& out) {
  while (probe_ && probe_->next_at <= now && stands_until_ <= now) {
    probing& one = *probe_;
    switch (one.is) {
      case stage::blocked: {
        std::vector<model_word> words;
        const entry& target = table_[one.target];
        if (settings_.tells_suspects && target.is == status::suspect) {
          words.push_back({.is = what::suspect,
                           .about = one.target,
                           .incarnation = target.incarnation,
                           .by = start_.self});
        }
        words.push_back({.is = what::ping, .about = one.target, .probe = one.number});
        send(one.target, std::move(words), out);
        one.is = stage::direct;
        one.next_at = std::min(now + settings_.probe_timeout, std::max(one.deadline, now));
        break;
      }
      case stage::direct:
        for (const member_index helper : pick(settings_.indirect_probes, one.target, false, now)) {
          send(helper, {{.is = what::ping_request, .about = one.target, .probe = one.number}}, out);
          ++one.nacks_expected;
        }
        one.is = stage::indirect;
        one.next_at = std::max(one.deadline, now);
        break;
      case stage::indirect:
        end_probe(false, now, out);
        break;
    }
  }
}

void model_process::end_probe(bool answered, instant now, process_output& out) {
  const probing over = *std::exchange(probe_, std::nullopt);
  next_probe_at_ = std::max(over.began + settings_.probe_interval, now);
  if (answered) {
    add_health(-1);
    return;
  }
  add_health(over.nacks_expected > 0
                 ? static_cast<int>(over.nacks_expected) -
                       static_cast<int>(std::min(over.nacks, over.nacks_expected))
                 : 1);
  hear_suspect({.is = what::suspect,
                .about = over.target,
                .incarnation = table_[over.target].incarnation,
                .by = start_.self},
               now, out);
}

void model_process::add_health(int change) {
  if (settings_.scales_probes) {
    health_ = static_cast<unsigned>(std::clamp(static_cast<int>(health_) + change, 0,
                                               static_cast<int>(settings_.health_max) - 1));
  }
}

// --- what others say ----------------------------------------------------------------------------

void model_process::arrive(member_index from, const parcel& came, instant now,
                           process_output& out) {
  for (const model_word& each : came.words) {
    hear(from, each, now, out);
  }
}

void model_process::hear(member_index from, const model_word& said, instant now,
                         process_output& out) {
  switch (said.is) {
    case what::ping:
      if (said.about == start_.self) {
        send(from, {{.is = what::ack, .probe = said.probe}}, out);
      }
      break;
    case what::ping_request: {
      const duration patience = times(settings_.probe_timeout, 0.8);
      relays_[++last_number_] = {.target = said.about,
                                 .asker = from,
                                 .asked_as = said.probe,
                                 .nack_at = settings_.scales_probes ? now + patience : core::never,
                                 .expires_at = now + settings_.probe_interval};
      send(said.about, {{.is = what::ping, .about = said.about, .probe = last_number_}}, out);
      break;
    }
    case what::ack:
      if (probe_ && probe_->number == said.probe && probe_->is != stage::blocked) {
        if (now <= probe_->deadline) {
          end_probe(true, now, out);
        }
      } else if (const auto found = relays_.find(said.probe); found != relays_.end()) {
        send(found->second.asker, {{.is = what::ack, .probe = found->second.asked_as}}, out);
        relays_.erase(found);
      }
      break;
    case what::nack:
      if (probe_ && probe_->number == said.probe && now <= probe_->deadline) {
        ++probe_->nacks;
      }
      break;
    case what::alive:
      hear_alive(said, now, out);
      break;
    case what::suspect:
      hear_suspect(said, now, out);
      break;
    case what::dead:
      hear_dead(said, now, out);
      break;
    case what::pull:
      push_pull(from, false, out);
      break;
  }
}

void model_process::hear_alive(const model_word& said, instant now, process_output& out) {
  const entry known = table_[said.about];
  if (said.about == start_.self) {
    if (said.incarnation > known.incarnation) {
      refute(said.incarnation, now);
    }
    return;
  }
  if (known.is != status::unknown && said.incarnation <= known.incarnation) {
    return;
  }
  set(said.about, said.incarnation, status::alive, now, out);
  broadcast(said);
}

void model_process::hear_suspect(const model_word& said, instant now, process_output& out) {
  const entry known = table_[said.about];
  if (known.is == status::unknown || said.incarnation < known.incarnation) {
    return;
  }
  if (const auto found = suspicions_.find(said.about); found != suspicions_.end()) {
    suspicion& one = found->second;
    const bool confirms = settings_.scales_suspicions && one.by.size() <= confirmations_wanted() &&
                          std::ranges::find(one.by, said.by) == one.by.end();
    if (confirms) {
      one.by.push_back(said.by);
      set_deadline(one);
      broadcast(said);
    }
    return;
  }
  if (known.is != status::alive) {
    return;
  }
  if (said.about == start_.self) {
    refute(said.incarnation, now);
    return;
  }
  set(said.about, said.incarnation, status::suspect, now, out);
  suspicion& one = suspicions_[said.about];
  one = {.began = now, .deadline = {}, .by = {said.by}};
  set_deadline(one);
  broadcast(said);
}

void model_process::hear_dead(const model_word& said, instant now, process_output& out) {
  const entry known = table_[said.about];
  if (known.is == status::unknown || said.incarnation < known.incarnation ||
      known.is == status::dead) {
    return;
  }
  if (said.about == start_.self) {
    refute(said.incarnation, now);
    return;
  }
  set(said.about, said.incarnation, status::dead, now, out);
  broadcast(said);
}

void model_process::refute(std::uint32_t incarnation, instant now) {
  entry& self = table_[start_.self];
  self.incarnation = std::max(self.incarnation, incarnation) + 1;
  self.since = now;
  add_health(1);
  broadcast({.is = what::alive, .about = start_.self, .incarnation = self.incarnation});
}

void model_process::set(member_index about, std::uint32_t incarnation, status is, instant now,
                        process_output& out) {
  entry& one = table_[about];
  const auto is_there = [](status each) {
    return each == status::alive || each == status::suspect;
  };
  const status before = one.is;
  one = {.incarnation = incarnation, .is = is, .since = now};
  if (is != status::suspect) {
    suspicions_.erase(about);
  }
  if (is_there(is) != is_there(before)) {
    live_ = is_there(is) ? live_ + 1 : live_ - 1;
    live_digest_ ^= share_of_digest(about);
    out.changes.push_back(
        {.about = about,
         .kind = is_there(is) ? member_event_kind::joined : member_event_kind::died});
  }
  if (is == status::suspect && before == status::alive) {
    out.changes.push_back({.about = about, .kind = member_event_kind::suspected});
  } else if (is == status::alive && before == status::suspect) {
    out.changes.push_back({.about = about, .kind = member_event_kind::refuted});
  }
  if (before == status::unknown) {
    ring_.push_back(about);
    std::swap(ring_.back(), ring_[random_.below(ring_.size())]);
  }
}

unsigned model_process::confirmations_wanted() const {
  const unsigned wanted = settings_.suspicion_multiplier - 2;
  return live_ < wanted + 2 ? 0 : wanted;
}

// Lifeguard, section IV.B: from the longest to the least with the logarithm of confirmations.
void model_process::set_deadline(suspicion& one) const {
  const double magnitude =
      std::max(1.0, std::log10(static_cast<double>(std::max<std::size_t>(1, live_))));
  const duration least =
      times(settings_.probe_interval, settings_.suspicion_multiplier * magnitude);
  const unsigned wanted = confirmations_wanted();
  if (!settings_.scales_suspicions || wanted == 0) {
    one.deadline = one.began + least;
    return;
  }
  const duration most = least * static_cast<std::int64_t>(settings_.suspicion_max_multiplier);
  const double confirmed = std::log(static_cast<double>(one.by.size())) / std::log(wanted + 1.0);
  one.deadline = one.began + std::max(least, most - times(most - least, confirmed));
}

// --- telling others -----------------------------------------------------------------------------

void model_process::broadcast(const model_word& word) {
  std::erase_if(rumours_, [&](const rumour& one) { return one.word.about == word.about; });
  rumours_.push_back({.word = word});
}

// Fills the datagram with what was told least.
void model_process::send(member_index to, std::vector<model_word> words, process_output& out) {
  std::uint64_t bytes = bytes_of(words);
  const auto told_max =
      settings_.retransmits_multiplier *
      static_cast<unsigned>(std::ceil(std::log10(static_cast<double>(live_) + 1)));
  std::ranges::stable_sort(rumours_, {}, &rumour::told);
  for (rumour& one : rumours_) {
    const std::uint64_t more = bytes_of(one.word.is) + of_each_in_one;
    if (bytes + more <= datagram_max) {
      bytes += more;
      words.push_back(one.word);
      ++one.told;
    }
  }
  std::erase_if(rumours_, [&](const rumour& one) { return one.told >= told_max; });
  if (!words.empty()) {
    out.sends.push_back({.to = to,
                         .bytes = bytes,
                         .content = {.sender = {}, .messages = {}, .words = std::move(words)}});
  }
}

void model_process::gossip(instant now, process_output& out) {
  for (const member_index to : pick(settings_.gossip_fanout, start_.self, true, now)) {
    if (!rumours_.empty()) {
      send(to, {}, out);
    }
  }
}

// All that it knows, through a stream, for all that the other knows.
void model_process::push_pull(member_index with, bool asks, process_output& out) {
  std::vector<model_word> words;
  if (asks) {
    words.push_back({.is = what::pull});
  }
  for (member_index about = 0; about < table_.size(); ++about) {
    const entry& one = table_[about];
    if (one.is != status::unknown) {
      // A death at second hand is a suspicion.
      words.push_back({.is = one.is == status::alive ? what::alive : what::suspect,
                       .about = about,
                       .incarnation = one.incarnation,
                       .by = start_.self});
    }
  }
  const std::uint64_t bytes = bytes_of(words);
  out.sends.push_back({.to = with,
                       .bytes = bytes,
                       .is_reliable = true,
                       .content = {.sender = {}, .messages = {}, .words = std::move(words)}});
}

std::vector<member_index> model_process::pick(std::size_t count, member_index except,
                                              bool also_dead, instant now) {
  std::vector<member_index> picked;
  for (std::size_t tried = 0; tried < 3 * ring_.size() && picked.size() < count; ++tried) {
    const member_index one = ring_[random_.below(ring_.size())];
    const entry& known = table_[one];
    const bool may = known.is == status::alive || known.is == status::suspect ||
                     (also_dead && now - known.since < settings_.gossip_to_dead);
    if (may && one != except && std::ranges::find(picked, one) == picked.end()) {
      picked.push_back(one);
    }
  }
  return picked;
}

}  // namespace conclave::sim
