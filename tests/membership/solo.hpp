// One membership machine, spoken to by hand.
#pragma once

#include "base/digest.hpp"
#include "membership/membership.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace conclave::core {

inline address address_of(std::uint16_t port) {
  return ipv4_address({10, 0, 0, 1}, port);
}

inline member_update update(std::string name, std::uint64_t boot, std::uint64_t word,
                            member_status status = member_status::alive) {
  const auto port = static_cast<std::uint16_t>(2'000 + hash_of(name) % 1'000);
  return {.name = std::move(name),
          .where = address_of(port),
          .status = status,
          .boot = {boot},
          .incarnation = {word},
          .metadata = ""};
}

class solo {
 public:
  explicit solo(membership_config config = {}, std::vector<address> seeds = {}, instant now = {})
      : now_(now),
        machine_({.config = config,
                  .name = "self",
                  .self_address = address_of(1'000),
                  .boot = {50},
                  .metadata = "",
                  .seeds = std::move(seeds),
                  .records = nullptr},
                 now, random_source(7)) {
    machine_.join(now_, out_);
  }

  // A frame with that message comes from `name` in boot `boot`, at the address of update().
  void hear(const std::string& name, std::uint64_t boot, const message& content) {
    begin_step();
    const node_boot from{.node = node_id_of(name), .boot = {boot}};
    machine_.handle(from, update(name, 1, 1).where, content, now_, out_);
    machine_.heard_of(from, update(name, 1, 1).where, now_, out_);
    machine_.check_invariants();
  }

  // The end of a page, as an answer to what the machine asked that member last, in this step or an
  // earlier one.
  void answer(const std::string& name, sync_page_end page) {
    page.number = last_question(name);
    hear(name, 1, page);
  }
  [[nodiscard]] std::uint32_t last_question(const std::string& name) {
    keep_questions();
    return questions_[node_id_of(name)];
  }

  // Ticks at each deadline until `length` has passed.
  void pass(duration length) {
    const instant end = now_ + length;
    begin_step();
    while (machine_.next_deadline() <= end) {
      now_ = std::max(now_, machine_.next_deadline());
      machine_.tick(now_, out_);
      machine_.check_invariants();
    }
    now_ = end;
  }

  // Until something is said to that member; all that is said until then is kept.
  template <class Message>
  void pass_until_said_to(const std::string& name) {
    begin_step();
    while (said_to<Message>(name).empty()) {
      now_ = std::max(now_, machine_.next_deadline());
      machine_.tick(now_, out_);
      machine_.check_invariants();
    }
  }

  // Time passes and nothing runs, then one tick.
  void sleep(duration length) {
    now_ += length;
    begin_step();
    machine_.tick(now_, out_);
  }

  template <class Message>
  [[nodiscard]] std::vector<Message> said_to(const std::string& name) const {
    std::vector<Message> found;
    for (const gossip_send& sent : out_.sends) {
      const auto* content = std::get_if<Message>(&sent.content);
      if (content != nullptr && sent.to == node_id_of(name)) {
        found.push_back(*content);
      }
    }
    return found;
  }

  // Introductions to an address at which somebody may be.
  [[nodiscard]] std::size_t said_to_nobody_known() const {
    return static_cast<std::size_t>(std::ranges::count_if(out_.sends, [](const gossip_send& sent) {
      return !sent.to && std::holds_alternative<sync_request>(sent.content);
    }));
  }

  [[nodiscard]] std::size_t changes(member_event_kind kind, const std::string& name) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        out_.changes,
        [&](const member_change& one) { return one.kind == kind && one.id == node_id_of(name); }));
  }

  [[nodiscard]] const belief* find(const std::string& name) const {
    return machine_.table().find(node_id_of(name));
  }
  [[nodiscard]] membership& machine() { return machine_; }
  [[nodiscard]] const membership& machine() const { return machine_; }
  [[nodiscard]] membership_output& out() { return out_; }
  [[nodiscard]] instant now() const { return now_; }

 private:
  void begin_step() {
    keep_questions();
    out_.clear();
  }
  void keep_questions() {
    for (const gossip_send& sent : out_.sends) {
      const auto* asked = std::get_if<sync_request>(&sent.content);
      if (asked != nullptr && asked->wish != sync_wish::only_you) {  // that has no page end
        questions_[sent.to] = asked->number;
      }
    }
  }

  instant now_;
  membership machine_;
  membership_output out_;
  std::map<node_id, std::uint32_t> questions_;
};

}  // namespace conclave::core
