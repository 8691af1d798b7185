// Writing recordings as JSON.
#include "sim/report/recording_json.hpp"

#include "sim/report/recording_format.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace conclave::sim {

namespace {

using json = nlohmann::ordered_json;

std::int64_t ns(true_time at) {
  return at.time_since_epoch().count();
}

json pairs_of(const std::vector<interval>& list) {
  json pairs = json::array();
  for (const interval& one : list) {
    pairs.push_back({ns(one.from), ns(one.to)});
  }
  return pairs;
}

json to_json(const recorded_node& one) {
  json clock = json::array();
  for (const clock_point& point : one.clock) {
    clock.push_back({ns(point.at), point.shows.time_since_epoch().count()});
  }
  return {{"name", one.name},
          {"votes", one.votes},
          {"clock_ns", std::move(clock)},
          {"up_ns", pairs_of(one.up)},
          {"paused_ns", pairs_of(one.paused)},
          {"abstains_ns", pairs_of(one.abstains)}};
}

json to_json(const recording& all, const recorded_fault& one) {
  json machines = json::array();
  for (std::uint32_t i = 0; i < all.nodes.size(); ++i) {
    if ((one.machines >> i & 1U) != 0) {
      machines.push_back(all.nodes[i].name);
    }
  }
  return {{"text", all.text(one.text)},
          {"machines", std::move(machines)},
          {"from_ns", ns(one.during.from)},
          {"to_ns", ns(one.during.to)}};
}

json to_json(const recording& all, const recorded_belief& one) {
  json extensions = json::array();
  for (const recorded_extension& each : one.extensions) {
    extensions.push_back({ns(each.at), ns(each.until)});
  }
  json written = {{"lock", all.locks[one.lock]},    {"node", all.nodes[one.node].name},
                  {"request", one.request},         {"asked_as", one.asked_as},
                  {"from_ns", ns(one.during.from)}, {"to_ns", ns(one.during.to)},
                  {"ending", all.text(one.ending)}, {"extensions_ns", std::move(extensions)}};
  if (one.slot > 1) {
    written["slot"] = one.slot;
  }
  if (one.shared_from != end_of_time) {
    written["shared_from_ns"] = ns(one.shared_from);
  }
  return written;
}

json to_json(const recording& all, const recorded_loan& one) {
  return {{"lock", all.locks[one.lock]},
          {"voter", all.nodes[one.voter].name},
          {"candidate", all.nodes[one.candidate].name},
          {"request", one.request},
          {"ballot", one.ballot},
          {"from_ns", ns(one.during.from)},
          {"to_ns", ns(one.during.to)}};
}

json to_json(const recording& all, const recorded_event& one) {
  json event{{"at_ns", ns(one.at)}, {"kind", to_string(one.kind)}};
  if (one.node != no_node) {
    event["node"] = all.nodes[one.node].name;
  }
  if (one.peer != no_node) {
    event["to"] = all.nodes[one.peer].name;
  }
  if (one.text != 0) {
    event["text"] = all.text(one.text);
  }
  if (one.fate != recorded_fate::under_way) {
    event["fate"] = to_string(one.fate);
  }
  if (one.cause != no_cause) {
    event["cause"] = one.cause;
  }
  return event;
}

// Bytes that are no UTF-8, of a lock's name, are replaced.
std::string in_one_line(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class T, class Convert>
void write_list(std::string& out, std::string_view name, const std::vector<T>& list,
                const Convert& convert) {
  out.append(",\n\"").append(name).append("\": [");
  for (const T& one : list) {
    out += &one == list.data() ? "\n " : ",\n ";
    out += in_one_line(convert(one));
  }
  out += "\n]";
}

}  // namespace

std::string to_json_text(const recording& all) {
  json head{{"format", recording_format}, {"seed", all.seed},     {"outcome", all.outcome},
            {"what", all.what},           {"replay", all.replay}, {"options", json::object()}};
  for (const auto& [name, value] : all.options) {
    head["options"][name] = value;
  }
  head["window_ns"] = {ns(all.window.from), ns(all.window.to)};
  head["first_event"] = all.first_event;
  head["events_total"] = all.events_total;
  head["locks"] = all.locks;
  std::string out = in_one_line(head);
  out.pop_back();  // the brace: lists follow
  const auto of_all = [&](const auto& one) { return to_json(all, one); };
  write_list(out, "nodes", all.nodes, [](const recorded_node& one) { return to_json(one); });
  write_list(out, "faults", all.faults, of_all);
  write_list(out, "beliefs", all.beliefs, of_all);
  write_list(out, "loans", all.loans, of_all);
  write_list(out, "events", all.events, of_all);
  out += "\n}\n";
  return out;
}

}  // namespace conclave::sim
