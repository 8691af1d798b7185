// The recording as JSON with packed lists, in the middle of the page.
//
// The order of what is packed is what sim/report/assets/recording.js reads.
#include "sim/report/page.hpp"

#include "sim/report/packing.hpp"
#include "sim/report/page_parts.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace conclave::sim {

namespace {

using json = nlohmann::ordered_json;

// Within <script>, only "<" could end the script or open a comment.
std::string escaped(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::uint64_t ns(true_time at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

std::uint64_t length_of(const interval& one) {
  return ns(one.to) - ns(one.from);
}

// Differences of one list of numbers that mostly rise.
class differences {
 public:
  explicit differences(number_writer& into) : into_(&into) {}
  void add(std::uint64_t value) {
    into_->add_signed(static_cast<std::int64_t>(value - last_));
    last_ = value;
  }

 private:
  number_writer* into_;
  std::uint64_t last_ = 0;
};

std::string pack(const std::vector<interval>& list) {
  number_writer out;
  differences from(out);
  for (const interval& one : list) {
    from.add(ns(one.from));
    out.add(length_of(one));
  }
  return out.text();
}

std::string pack(const std::vector<clock_point>& points) {
  number_writer out;
  differences at(out);
  differences shows(out);
  for (const clock_point& one : points) {
    at.add(ns(one.at));
    shows.add(static_cast<std::uint64_t>(one.shows.time_since_epoch().count()));
  }
  return out.text();
}

// A kind and, of what is sent, its fate: first the kinds, then the fates.
std::uint64_t code_of(const recorded_event& one) {
  const std::uint64_t kind = one.kind == recorded_kind::sent
                                 ? recorded_kinds_count + static_cast<std::uint64_t>(one.fate)
                                 : static_cast<std::uint64_t>(one.kind);
  const std::uint64_t node = one.node == no_node ? 0 : one.node + 1;
  return kind + (recorded_kinds_count + recorded_fates_count) * node;
}

std::string pack_events(const recording& all, text_packer& texts) {
  number_writer out;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < all.events.size(); ++i) {
    const recorded_event& one = all.events[i];
    out.add(ns(one.at) - before);
    before = ns(one.at);
    out.add(code_of(one));
    if (one.kind == recorded_kind::sent) {
      out.add(one.peer == no_node ? 0 : one.peer + 1);
    }
    const bool has_cause = one.kind == recorded_kind::arrived ||
                           one.kind == recorded_kind::dropped ||
                           one.kind == recorded_kind::fault_ends;
    if (has_cause) {
      const bool known = all.find(one.cause) != nullptr;
      out.add(known ? all.first_event + i - one.cause : 0);
    }
    if (one.kind != recorded_kind::arrived) {
      texts.refer(out, all.text(one.text));
    }
  }
  return out.text();
}

std::string pack_beliefs(const recording& all, text_packer& texts) {
  number_writer out;
  differences from(out);
  for (const recorded_belief& one : all.beliefs) {
    out.add(one.lock);
    out.add(one.node);
    out.add(one.request);
    from.add(ns(one.during.from));
    out.add(length_of(one.during));
    texts.refer(out, all.text(one.ending));
    out.add(one.extensions.size());
    for (const recorded_extension& each : one.extensions) {
      out.add_signed(static_cast<std::int64_t>(ns(each.at) - ns(one.during.from)));
      out.add_signed(static_cast<std::int64_t>(ns(each.until) - ns(each.at)));
    }
  }
  return out.text();
}

std::string pack_loans(const recording& all) {
  number_writer out;
  differences from(out);
  differences ballot(out);
  for (const recorded_loan& one : all.loans) {
    out.add(one.lock);
    out.add(one.voter);
    out.add(one.candidate);
    out.add(one.request);
    ballot.add(one.ballot);
    from.add(ns(one.during.from));
    out.add(length_of(one.during));
  }
  return out.text();
}

std::string pack_faults(const recording& all, text_packer& texts) {
  number_writer out;
  differences from(out);
  for (const recorded_fault& one : all.faults) {
    texts.refer(out, all.text(one.text));
    out.add(one.machines);
    from.add(ns(one.during.from));
    out.add(length_of(one.during));
  }
  return out.text();
}

std::string pack_overlaps(const recording& all) {
  number_writer out;
  for (const overlap& one : overlaps_of(all)) {
    out.add(one.first);
    out.add(one.second);
    out.add(ns(one.during.from));
    out.add(length_of(one.during));
  }
  return out.text();
}

json nodes_of(const recording& all) {
  json nodes = json::array();
  for (const recorded_node& one : all.nodes) {
    nodes.push_back({{"name", one.name},
                     {"votes", one.votes},
                     {"clock", pack(one.clock)},
                     {"up", pack(one.up)},
                     {"paused", pack(one.paused)},
                     {"abstains", pack(one.abstains)}});
  }
  return nodes;
}

template <class Enumeration, std::size_t Count>
json words() {
  json all = json::array();
  for (std::size_t i = 0; i < Count; ++i) {
    all.push_back(to_string(static_cast<Enumeration>(i)));
  }
  return all;
}

}  // namespace

std::string to_page(const recording& all) {
  text_packer texts;
  json data;
  data["seed"] = all.seed;
  data["outcome"] = all.outcome;
  data["what"] = all.what;
  data["replay"] = all.replay;
  data["options"] = json::array();
  for (const auto& [name, value] : all.options) {
    data["options"].push_back({name, value});
  }
  data["from"] = ns(all.window.from);
  data["to"] = ns(all.window.to);
  data["first_event"] = all.first_event;
  data["events_total"] = all.events_total;
  data["kinds"] = words<recorded_kind, recorded_kinds_count>();
  data["fates"] = words<recorded_fate, recorded_fates_count>();
  data["locks"] = all.locks;
  data["nodes"] = nodes_of(all);
  // The same order as the page reads them in: texts are numbered as they first come.
  data["events"] = pack_events(all, texts);
  data["beliefs"] = pack_beliefs(all, texts);
  data["faults"] = pack_faults(all, texts);
  data["loans"] = pack_loans(all);
  data["overlaps"] = pack_overlaps(all);
  data["patterns"] = texts.patterns();
  data["messages"] = texts.messages();
  data["texts"] = texts.texts();
  std::string page;
  for (const std::string_view piece : page_before_recording()) {
    page += piece;
  }
  page += escaped(data.dump(-1, ' ', false, json::error_handler_t::replace));
  for (const std::string_view piece : page_after_recording()) {
    page += piece;
  }
  return page;
}

}  // namespace conclave::sim
