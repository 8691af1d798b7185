// Reading and playing scenarios.
#include "scenario.hpp"

#include "sim/plan.hpp"
#include "sim/story.hpp"
#include "stage.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <variant>

namespace conclave::sim {

namespace {

using words = std::vector<std::string>;

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  const char* first = text.data() + (text.starts_with('+') || text.starts_with('r') ? 1 : 0);
  const auto [end, error] = std::from_chars(first, text.data() + text.size(), value);
  if (error != std::errc() || (*end != '\0' && std::string(end) != "ms")) {
    throw std::runtime_error("not a number: " + text);
  }
  return value;
}

duration milliseconds(const std::string& text) {
  return std::chrono::milliseconds(number(text));
}

// The value of key=value among the words, or nothing.
std::string option(const words& all, const std::string& key) {
  const auto found = std::ranges::find_if(
      all, [&](const std::string& word) { return word.starts_with(key + "="); });
  return found == all.end() ? "" : found->substr(key.size() + 1);
}

// cluster n1 n2 n3+5000 n4:late worker:novote ttl=1000ms max=2000ms
std::unique_ptr<stage> set_up(const words& command) {
  std::vector<stage_member> members;
  duration ttl = std::chrono::seconds(1);
  duration ttl_max = std::chrono::seconds(2);
  for (std::size_t i = 1; i < command.size(); ++i) {
    std::string word = command[i];
    if (word.starts_with("ttl=")) {
      ttl = milliseconds(word.substr(4));
      continue;
    }
    if (word.starts_with("max=")) {
      ttl_max = milliseconds(word.substr(4));
      continue;
    }
    stage_member one;
    const auto take_suffix = [&](const std::string& suffix) {
      const bool has = word.ends_with(suffix);
      word.resize(word.size() - (has ? suffix.size() : 0));
      return has;
    };
    one.votes = !take_suffix(":novote");
    one.starts = !take_suffix(":late");
    if (const auto rate = word.find_first_of("+-"); rate != std::string::npos) {
      one.ahead_ppm = number(word.substr(rate));
      word.resize(rate);
    }
    one.name = word;
    members.push_back(one);
  }
  return std::make_unique<stage>(members, ttl, ttl_max);
}

core::lock_request request_options(const words& command) {
  core::lock_request options;
  options.wait = option(command, "wait") != "no";
  if (const std::string span = option(command, "span"); !span.empty()) {
    options.span = static_cast<std::uint64_t>(number(span));
  }
  if (const std::string patience = option(command, "give_up"); !patience.empty()) {
    options.give_up_at = core::instant(milliseconds(patience));
  }
  if (option(command, "mode") == "shared") {
    options.mode = core::lock_mode::shared;
  }
  if (const std::string permits = option(command, "permits"); !permits.empty()) {
    options.mode = core::lock_mode::permit;
    options.permits = static_cast<std::uint32_t>(number(permits));
  }
  if (const std::string owner = option(command, "owner"); !owner.empty()) {
    options.owner = core::owner_id{std::uint64_t(number(owner))};
    options.nested = true;
  }
  if (const std::string keep = option(command, "keep"); !keep.empty()) {
    options.keep = milliseconds(keep);
  }
  if (const std::string lease = option(command, "lease"); !lease.empty()) {
    options.lease = milliseconds(lease);
  }
  if (const std::string longest = option(command, "hold_max"); !longest.empty()) {
    options.hold_max = milliseconds(longest);
  }
  return options;
}

void play_one(stage& on, const words& command) {
  const std::map<std::string, std::function<void()>> verbs = {
      {"lock", [&] { on.lock(command.at(1), command.at(2), request_options(command)); }},
      {"downgrade", [&] { on.downgrade(command.at(1), std::uint64_t(number(command.at(2)))); }},
      {"unlock", [&] { on.unlock(command.at(1), std::uint64_t(number(command.at(2)))); }},
      {"token", [&] { on.take_token(command.at(1), std::uint64_t(number(command.at(2)))); }},
      {"deliver",
       [&] {
         if (command.at(1) == "all") {
           on.deliver_all();
         } else {
           on.deliver(command.at(1), command.at(2));
         }
       }},
      {"drop", [&] { on.drop(command.at(1), command.at(2)); }},
      {"copy", [&] { on.copy(command.at(1), command.at(2)); }},
      {"replay", [&] { on.replay(command.at(1), command.at(2)); }},
      {"forge",
       [&] { on.forge(command.at(1), command.at(2), std::uint64_t(number(command.at(3)))); }},
      {"cut", [&] { on.cut(command.at(1), command.at(2)); }},
      {"heal", [&] { on.heal(); }},
      {"crash", [&] { on.crash(command.at(1)); }},
      {"restart", [&] { on.start(command.at(1), option(command, "new_cluster") == "yes"); }},
      {"rate", [&] { on.set_rate(command.at(1), number(command.at(2))); }},
      {"pause", [&] { on.pause(command.at(1)); }},
      {"resume", [&] { on.resume(command.at(1)); }},
      {"advance", [&] { on.advance(milliseconds(command.at(1))); }},
      {"watch", [&] { on.watch(command.at(1), command.at(2)); }},
      {"show", [&] { on.show(command.at(1)); }},
  };
  const auto verb = verbs.find(command.front());
  if (verb == verbs.end()) {
    throw std::runtime_error("no command is named " + command.front());
  }
  verb->second();
}

// A scenario whose first line is that of a world is a plan: it is run whole.
bool is_plan(const scenario_block& block) {
  return !block.commands.empty() && block.commands.front().starts_with("world");
}

std::string play_plan(const scenario_block& block) {
  std::string text;
  for (const std::string& line : block.commands) {
    text += line + '\n';
  }
  const auto read = read_plan(text);
  if (const auto* wrong = std::get_if<std::string>(&read); wrong != nullptr) {
    throw std::runtime_error(*wrong);
  }
  return tell(std::get<plan>(read)).lines;
}

words split(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

}  // namespace

std::vector<scenario_block> read_scenario(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    throw std::runtime_error("can't read " + path);
  }
  std::vector<scenario_block> blocks(1);
  bool in_trace = false;
  for (std::string line; std::getline(file, line);) {
    scenario_block& block = blocks.back();
    if (in_trace && line.empty()) {
      blocks.emplace_back().before.emplace_back();
      in_trace = false;
    } else if (in_trace) {
      block.expected += line + '\n';
    } else if (line == "----") {
      in_trace = true;
    } else if (line.empty() || line.starts_with('#')) {
      block.before.push_back(line);
    } else {
      block.commands.push_back(line);
    }
  }
  if (blocks.back().commands.empty()) {
    blocks.pop_back();
  }
  return blocks;
}

void write_scenario(const std::string& path, const std::vector<scenario_block>& blocks,
                    const std::vector<std::string>& traces) {
  std::ofstream file(path);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (const auto* lines : {&blocks[i].before, &blocks[i].commands}) {
      for (const std::string& line : *lines) {
        file << line << '\n';
      }
    }
    file << "----\n" << traces[i];
  }
}

std::vector<std::string> play(const std::vector<scenario_block>& blocks) {
  std::unique_ptr<stage> on;
  std::vector<std::string> traces;
  for (const scenario_block& block : blocks) {
    if (is_plan(block)) {
      traces.push_back(play_plan(block));
      continue;
    }
    for (const std::string& line : block.commands) {
      const words command = split(line);
      if (command.front() == "cluster") {
        on = set_up(command);
      } else if (on == nullptr) {
        throw std::runtime_error("a scenario begins with cluster");
      } else {
        play_one(*on, command);
      }
    }
    traces.push_back(on->take_trace());
  }
  return traces;
}

}  // namespace conclave::sim
