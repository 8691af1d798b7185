// Reading recordings from JSON. They may be made by hand, so everything in them is checked.
#include "sim/report/recording_format.hpp"
#include "sim/report/recording_json.hpp"
#include "sim/report/text_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace conclave::sim {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t nodes_max = 32;  // a fault has a bit for each

void require(bool ok, const std::string& what) {
  if (!ok) {
    throw std::runtime_error(what);
  }
}

true_time time_of(const json& value) {
  const true_time at{duration(value.get<std::int64_t>())};
  require(at >= true_time{}, "no time is before 0");
  return at;
}

interval interval_of(const json& from, const json& to) {
  const interval one{.from = time_of(from), .to = time_of(to)};
  require(one.from <= one.to, "an interval ends before it begins");
  return one;
}

std::vector<interval> intervals_of(const json& pairs) {
  std::vector<interval> list;
  for (const json& pair : pairs) {
    list.push_back(interval_of(pair.at(0), pair.at(1)));
  }
  return list;
}

template <class Enumeration>
Enumeration word_to(const json& word, std::size_t count) {
  const auto text = word.get<std::string>();
  for (std::size_t i = 0; i < count; ++i) {
    if (to_string(static_cast<Enumeration>(i)) == text) {
      return static_cast<Enumeration>(i);
    }
  }
  throw std::runtime_error("unknown word \"" + text + "\"");
}

recorded_node node_of(const json& value) {
  recorded_node one;
  one.name = value.at("name").get<std::string>();
  one.votes = value.at("votes").get<bool>();
  for (const json& point : value.at("clock_ns")) {
    one.clock.push_back({.at = time_of(point.at(0)),
                         .shows = core::instant(duration(point.at(1).get<std::int64_t>()))});
  }
  one.up = intervals_of(value.at("up_ns"));
  one.paused = intervals_of(value.at("paused_ns"));
  one.abstains = intervals_of(value.at("abstains_ns"));
  return one;
}

// Names and texts to positions, while the lists are read.
class reader {
 public:
  explicit reader(recording& into) : into_(&into) {}

  void read(const json& all) {
    require(all.at("format") == recording_format, "this is no recording of this version");
    read_head(all);
    read_list(all, "nodes", [&](const json& one) { into_->nodes.push_back(node_of(one)); });
    require(into_->nodes.size() <= nodes_max, "a recording has at most 32 nodes");
    read_list(all, "faults", [&](const json& one) { read_fault(one); });
    read_list(all, "beliefs", [&](const json& one) { read_belief(one); });
    read_list(all, "loans", [&](const json& one) { read_loan(one); });
    read_list(all, "events", [&](const json& one) { read_event(one); });
    into_->texts = texts_.texts();
  }

 private:
  template <class Each>
  static void read_list(const json& all, const std::string& name, const Each& each) {
    std::size_t position = 0;
    for (const json& one : all.at(name)) {
      try {
        each(one);
      } catch (const std::exception& wrong) {
        throw std::runtime_error(name + "[" + std::to_string(position) + "]: " + wrong.what());
      }
      ++position;
    }
  }

  void read_head(const json& all) {
    into_->seed = all.at("seed").get<std::uint64_t>();
    into_->outcome = all.at("outcome").get<std::string>();
    into_->what = all.at("what").get<std::string>();
    into_->replay = all.at("replay").get<std::string>();
    for (const auto& [name, value] : all.at("options").items()) {
      into_->options.emplace_back(name, value.get<std::string>());
    }
    into_->window = interval_of(all.at("window_ns").at(0), all.at("window_ns").at(1));
    into_->first_event = all.at("first_event").get<std::uint64_t>();
    into_->events_total = all.at("events_total").get<std::uint64_t>();
    into_->locks = all.at("locks").get<std::vector<std::string>>();
  }

  void read_fault(const json& value) {
    recorded_fault one;
    one.text = text_of(value.at("text"));
    for (const json& machine : value.at("machines")) {
      one.machines |= std::uint32_t{1} << node(machine);
    }
    one.during = interval_of(value.at("from_ns"), value.at("to_ns"));
    into_->faults.push_back(one);
  }

  void read_belief(const json& value) {
    recorded_belief one;
    one.lock = lock(value.at("lock"));
    one.node = node(value.at("node"));
    one.request = value.at("request").get<std::uint64_t>();
    one.asked_as = value.value("asked_as", one.request);  // older recordings have none
    one.during = interval_of(value.at("from_ns"), value.at("to_ns"));
    one.ending = text_of(value.at("ending"));
    one.slot = value.value("slot", one.slot);
    if (value.contains("shared_from_ns")) {
      one.shared_from = time_of(value.at("shared_from_ns"));
    }
    for (const json& each : value.at("extensions_ns")) {
      one.extensions.push_back({.at = time_of(each.at(0)), .until = time_of(each.at(1))});
    }
    into_->beliefs.push_back(std::move(one));
  }

  void read_loan(const json& value) {
    into_->loans.push_back({.lock = lock(value.at("lock")),
                            .voter = node(value.at("voter")),
                            .candidate = node(value.at("candidate")),
                            .request = value.at("request").get<std::uint64_t>(),
                            .ballot = value.at("ballot").get<std::uint64_t>(),
                            .during = interval_of(value.at("from_ns"), value.at("to_ns"))});
  }

  void read_event(const json& value) {
    recorded_event one;
    one.at = time_of(value.at("at_ns"));
    one.kind = word_to<recorded_kind>(value.at("kind"), recorded_kinds_count);
    one.node = value.contains("node") ? node(value.at("node")) : no_node;
    one.peer = value.contains("to") ? node(value.at("to")) : no_node;
    one.text = value.contains("text") ? text_of(value.at("text")) : 0;
    if (value.contains("fate")) {
      one.fate = word_to<recorded_fate>(value.at("fate"), recorded_fates_count);
    }
    if (value.contains("cause")) {
      one.cause = value.at("cause").get<std::uint64_t>();
      require(one.cause < into_->first_event + into_->events.size(),
              "a cause is the number of an earlier event");
    }
    require(into_->events.empty() || into_->events.back().at <= one.at,
            "events stand in the order of time");
    into_->events.push_back(one);
  }

  std::uint32_t text_of(const json& value) { return texts_.number_of(value.get<std::string>()); }

  [[nodiscard]] std::uint32_t node(const json& name) const {
    const auto found =
        std::ranges::find(into_->nodes, name.get<std::string>(), &recorded_node::name);
    require(found != into_->nodes.end(), "no node is named " + name.dump());
    return static_cast<std::uint32_t>(found - into_->nodes.begin());
  }

  [[nodiscard]] std::uint32_t lock(const json& name) const {
    const auto found = std::ranges::find(into_->locks, name.get<std::string>());
    require(found != into_->locks.end(), "no lock is named " + name.dump());
    return static_cast<std::uint32_t>(found - into_->locks.begin());
  }

  recording* into_;
  text_table texts_;
};

}  // namespace

recording recording_of(const std::string& json_text) {
  recording all;
  try {
    reader(all).read(json::parse(json_text));
  } catch (const std::exception& wrong) {
    throw std::runtime_error(std::string("not a recording: ") + wrong.what());
  }
  return all;
}

}  // namespace conclave::sim
