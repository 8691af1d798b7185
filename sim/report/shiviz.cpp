// Vector clocks (Fidge 1988, Mattern 1989) for recorded events.
#include "sim/report/shiviz.hpp"

#include "sim/options.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace conclave::sim {

namespace {

using vector_clock = std::vector<std::uint64_t>;  // by host

// What no node does happens at this host.
constexpr std::string_view world = "world";

// A host ends at the first space, so its name has none; quotes would break the clock.
std::string host_name(std::string_view name) {
  std::string host;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    host += byte > 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '{' && c != '}' ? c : '_';
  }
  return host.empty() ? "_" : host;
}

std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

std::string words_of(const recording& all, std::uint64_t number, const recorded_event& one) {
  std::string text = "e" + std::to_string(number) + " at " + to_text(one.at.time_since_epoch()) +
                     ": " + std::string(to_string(one.kind));
  if (one.kind == recorded_kind::sent) {
    text += " to " + (one.peer == no_node ? "nobody" : all.nodes[one.peer].name);
    if (one.fate != recorded_fate::under_way) {
      text += " (" + std::string(to_string(one.fate)) + ")";
    }
  }
  std::string_view said = all.text(one.text);
  if (const recorded_event* cause = all.find(one.cause);
      cause != nullptr && one.kind == recorded_kind::arrived) {
    text += " from " + all.nodes[cause->node].name;
    said = all.text(cause->text);
  }
  if (!said.empty()) {
    text += ": " + std::string(said);
  }
  return in_one_line(std::move(text));
}

void write_clock(std::string& out, const vector_clock& clock,
                 const std::vector<std::string>& hosts) {
  out += '{';
  const char* comma = "";
  for (std::size_t i = 0; i < clock.size(); ++i) {
    if (clock[i] > 0) {
      out.append(comma).append("\"").append(hosts[i]).append("\":");
      out += std::to_string(clock[i]);
      comma = ", ";
    }
  }
  out += '}';
}

}  // namespace

std::string to_shiviz(const recording& all) {
  std::vector<std::string> hosts;
  for (const recorded_node& one : all.nodes) {
    hosts.push_back(host_name(one.name));
  }
  hosts.emplace_back(world);
  std::vector<vector_clock> now(hosts.size(), vector_clock(hosts.size()));
  std::vector<vector_clock> sent(all.events.size());  // the clocks that datagrams carry
  std::string out(shiviz_expression);
  out += "\n\n";
  for (std::size_t i = 0; i < all.events.size(); ++i) {
    const recorded_event& one = all.events[i];
    const std::size_t host = one.node == no_node ? hosts.size() - 1 : one.node;
    vector_clock& clock = now[host];
    if (one.kind == recorded_kind::arrived && all.find(one.cause) != nullptr) {
      const vector_clock& came = sent[one.cause - all.first_event];
      for (std::size_t each = 0; each < came.size(); ++each) {
        clock[each] = std::max(clock[each], came[each]);
      }
    }
    ++clock[host];
    if (one.kind == recorded_kind::sent) {
      sent[i] = clock;
    }
    out += hosts[host] + ' ';
    write_clock(out, clock, hosts);
    out += ' ' + words_of(all, all.first_event + i, one) + '\n';
  }
  return out;
}

}  // namespace conclave::sim
