// The membership machine: joining and leaving, what comes in, and time.
#include "membership/membership.hpp"

#include "base/check.hpp"
#include "base/digest.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

namespace conclave::core {

namespace {

// Of forget_after: the rest is for hearing anew, before others have forgotten.
constexpr int silence_part = 2;

member_facts facts_of(const membership_settings& settings) {
  return {.name = settings.name,
          .where = settings.self_address,
          .boot = settings.boot,
          .metadata = settings.metadata};
}

std::shared_ptr<member_records> store_of(const membership_settings& settings) {
  return settings.records ? settings.records : std::make_shared<member_records>();
}

bool is_gossip(const message& content) {
  return std::visit(
      []<class T>(const T&) {
        return std::is_same_v<T, ping> || std::is_same_v<T, ping_answer> ||
               std::is_same_v<T, ping_request> || std::is_same_v<T, member_update> ||
               std::is_same_v<T, sync_request> || std::is_same_v<T, sync_page_end> ||
               std::is_same_v<T, accusation>;
      },
      content);
}

}  // namespace

void membership_output::clear() {
  sends.clear();
  changes.clear();
  superseded_by = {};
  join_answered = false;
}

membership::membership(membership_settings settings, instant now, random_source random)
    : settings_(std::move(settings)),
      self_(node_id_of(settings_.name)),
      random_(random),
      table_(store_of(settings_), facts_of(settings_)),
      position_(self_),
      flapping_(settings_.config.probe_interval * refutations_remembered),
      arrivals_(settings_.config.probe_interval * arrivals_remembered),
      told_since_(now) {
  check(settings_.boot != boot_id{}, "a node has a boot");
  check(settings_.metadata.size() <= metadata_max, "metadata is within its bound",
        settings_.metadata.size());
  check(settings_.config.probe_timeout < settings_.config.probe_interval,
        "a probe has time for others to help");
  last_probe_ = {random_.below(std::uint64_t{1} << 32)};
}

void membership::join(instant now, membership_output& out) {
  check(phase_ == phase::idle, "a node joins once");
  for (const address& where : settings_.seeds) {
    if (where != table_.self().record->where) {
      seeds_.push_back({.where = where, .owner = {}});
    }
  }
  for (const address& where : settings_.former_peers) {
    remember(where);
  }
  // Each at its own time in the period, so that a cluster started at once does not beat as one.
  period_ends_at_ = now + random_.between(duration(0), settings_.config.probe_interval);
  heard_at_ = now;
  last_heard_ = now;
  gossip_at_ = now;
  if (seeds_.empty()) {
    phase_ = phase::joined;
    out.join_answered = true;
    try_former_peer(out);
    begin_rejoining(now);
    return;
  }
  phase_ = phase::joining;
  rejoin_at_ = now + settings_.config.probe_interval;
  ask_seeds(out);
}

void membership::leave(instant now, membership_output& out) {
  if (phase_ == phase::over) {
    return;
  }
  const bool known_to_others = phase_ != phase::idle;
  enter(now);
  phase_ = phase::over;
  table_.set_status(self_, member_status::left);
  if (!known_to_others) {
    return;
  }
  const std::size_t audience = std::max(settings_.config.gossip_fanout, transmissions_max());
  for (const node_id id : pick_live(audience, {})) {
    out.sends.push_back(
        {.to = id, .where = table_.find(id)->record->where, .content = update_of(table_.self())});
  }
}

void membership::handle(const node_boot& from, const address& where, const message& content,
                        instant now, membership_output& out) {
  if (phase_ == phase::idle || phase_ == phase::over || !is_gossip(content)) {
    return;
  }
  const instant at = enter(now);
  if (from.node != self_) {
    end_silence(now, at);
    receive_from({.id = from.node, .where = where}, content, at, out);
  }
}

void membership::heard_of(const node_boot& from, const address& where, instant now,
                          membership_output& out) {
  if (phase_ == phase::joining || phase_ == phase::joined) {
    const instant at = enter(now);
    end_silence(now, at);
    note_seed(from.node, where);
    heard_at_ = std::max(heard_at_, at);
    meet(from, where, at, out);
  }
}

void membership::receive_from(const speaker& from, const message& content, instant at,
                              membership_output& out) {
  if (const auto* news = std::get_if<member_update>(&content)) {
    learn(*news, from, at, out);
  } else if (const auto* asked = std::get_if<ping>(&content)) {
    receive(*asked, from, at, out);
  } else if (const auto* answer = std::get_if<ping_answer>(&content)) {
    receive(*answer, from, at, out);
  } else if (const auto* favour = std::get_if<ping_request>(&content)) {
    receive(*favour, from, at, out);
  } else if (const auto* wanted = std::get_if<sync_request>(&content)) {
    receive(*wanted, from, out);
  } else if (const auto* page = std::get_if<sync_page_end>(&content)) {
    receive(*page, from, at, out);
  } else if (const auto* said = std::get_if<accusation>(&content)) {
    receive(*said, at, out);
  }
}

void membership::tick(instant now, membership_output& out) {
  if (phase_ == phase::idle || phase_ == phase::over) {
    return;
  }
  const instant at = enter(now);
  ask_suspects(at, out);
  node_id id;
  while (suspicions_.pop_due(at, id)) {
    conclude(id, member_status::dead, at, out);
  }
  flapping_.forget_old(at);
  probe(at, out);
  sync(at, out);
  rejoin(at, out);
  forget_old_graves(at);
  gossip(at, out);  // last, so that what was concluded just now leaves at once
}

instant membership::next_deadline() const {
  if (phase_ == phase::idle || phase_ == phase::over) {
    return never;
  }
  const instant earliest =
      std::min({next_probe(), suspicions_.next(), last_words_.next(), graves_.next(), sync_.due,
                rejoin_at_, rumours_.hurry() ? gossip_at_ : never});
  return saturating_add(earliest, paused_);
}

// The running clock. When a deadline was missed by a whole probe interval, this process did not
// run, and the time until now does not count: neither for the suspects nor for the probe under way.
instant membership::enter(instant now) {
  const instant due = next_deadline();
  if (due < now && now - due > settings_.config.probe_interval) {
    paused_ += now - due;
    rounds_.clear();
    ++counters_.pauses;
  }
  return now - paused_;
}

// Who stood still for long, or was cut off, believes members alive whom others have buried and
// forgotten: told of them, they would take them for new. So it tells of no member until it has
// heard of it anew. What had been waiting for it is as old as its table.
void membership::end_silence(instant now, instant at) {
  if (now - std::exchange(last_heard_, now) >= settings_.config.forget_after / silence_part &&
      table_.size() > 1) {
    ++counters_.silences;
    table_.doubt_others();
    rumours_.clear();
    sync_ = {};
    news_count_from_ = at + settings_.config.probe_interval;
    if (phase_ == phase::joined) {
      begin_rejoining(at);
    }
  }
}

void membership::forget_old_graves(instant at) {
  node_id id;
  while (graves_.pop_due(at, id)) {
    if (const belief& gone = *table_.find(id); gone.status == member_status::dead) {
      remember(gone.record->where);
    }
    table_.erase(id);
    flapping_.forget(id);
    coordinates_.erase(id);
  }
}

void membership::set_metadata(std::string metadata, instant now, membership_output& /*out*/) {
  check(metadata.size() <= metadata_max, "metadata is within its bound", metadata.size());
  member_facts facts = *table_.self().record;
  facts.metadata = std::move(metadata);
  speak_anew(std::move(facts), enter(now));
}

void membership::set_address(const address& where, instant now) {
  member_facts facts = *table_.self().record;
  facts.where = where;
  speak_anew(std::move(facts), enter(now));
}

// What others heard of us is replaced by a greater incarnation.
void membership::speak_anew(member_facts facts, instant at) {
  if (facts == *table_.self().record || phase_ == phase::over) {
    return;
  }
  const bool heard = phase_ != phase::idle;
  const std::uint32_t said = table_.self().incarnation;
  const bool more = heard && said < std::numeric_limits<std::uint32_t>::max();
  table_.put(std::move(facts), said + (more ? 1 : 0), member_status::alive);
  if (heard) {
    spread(self_, rumours::kind::word, at);
  }
}

std::optional<member_update> membership::update_about(node_id id) const {
  const belief* known = table_.find(id);
  return known == nullptr ? std::nullopt : std::optional(update_of(*known));
}

std::optional<network_coordinate> membership::coordinate_of(node_id id) const {
  if (id == self_) {
    return position_.told();
  }
  const auto found = coordinates_.find(id);
  return found == coordinates_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<duration> membership::round_trip_to(node_id id) const {
  const auto found = coordinates_.find(id);
  if (found == coordinates_.end() || !found->second.known() || !position_.told().known()) {
    return std::nullopt;
  }
  return position_.round_trip_to(found->second);
}

void membership::check_invariants() const {
  table_.check_invariants();
  check(table_.self().id() == self_, "the first member is the node itself");
  check(table_.size() <= settings_.config.members_max + 1, "the table is within its bound",
        table_.size());
  std::size_t suspects = 0;
  std::size_t refuted = 0;
  for (std::size_t i = 1; i < table_.size(); ++i) {
    const belief& one = table_.at(i);
    const bool suspect = one.status == member_status::suspect;
    suspects += suspect ? 1 : 0;
    refuted += flapping_.remembers(one.id()) ? 1 : 0;
    check(suspicions_.has(one.id()) == suspect, "every suspect has its deadline", i);
    check(accused_.contains(one.id()) == suspect, "of every suspect it is known who accuses it", i);
    check(graves_.has(one.id()) != is_live(one.status), "every grave has its deadline", i);
  }
  check(suspicions_.size() == suspects, "only members are suspects");
  check(accused_.size() == suspects, "only suspects are accused");
  check(last_words_.size() <= suspects, "only suspects are asked once more");
  check(coordinates_.size() < table_.size(), "only members have coordinates");
  check(former_.size() <= former_max, "addresses of former peers are within their bound");
  check(rounds_.size() <= probe_rounds_max, "probes are within their bound");
  check(graves_.size() == table_.size() - table_.live(), "only members have graves");
  check(flapping_.size() == refuted, "only members refute");
  check(relays_.size() <= relays_max, "relays are within their bound");
  check(phase_ == phase::over || table_.self().status == member_status::alive,
        "a node that takes part believes itself alive");
}

}  // namespace conclave::core
