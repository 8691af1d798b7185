// Starting them, and reading what they were told.
#include "member_processes.hpp"

#include <conclave/conclave.hpp>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

namespace conclave::bench {

namespace {

using namespace std::chrono_literals;

std::string name_of(std::size_t index) {
  return "n" + std::to_string(index + 1);
}

std::size_t index_of(const std::string& name) {
  return std::stoul(name.substr(1)) - 1;
}

config settings_of(std::size_t index, pid_t parent) {
  config settings;
  settings.name = name_of(index);
  settings.bind = "127.0.0.1:0";
  settings.voters = {name_of(0), name_of(1), name_of(2)};
  settings.cluster = "processes-" + std::to_string(parent);
  settings.new_cluster = true;
  settings.session_idle_max = 1s;  // nobody locks: what is sent is membership alone
  return settings;
}

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
}

void note(sight& of, const member_event& event) {
  const bool was_live = of.live;
  switch (event.kind) {
    case member_event_kind::joined:
      of.live = true;
      break;
    case member_event_kind::died:
    case member_event_kind::left:
      ++of.deaths;
      of.live = false;
      break;
    case member_event_kind::suspected:
    case member_event_kind::refuted:
    case member_event_kind::updated:
      break;
  }
  if (of.live != was_live) {
    of.changed_at = std::chrono::steady_clock::now().time_since_epoch().count();
  }
}

}  // namespace

void member_processes::take_part(board& all, std::size_t index, pid_t parent) {
  config settings = settings_of(index, parent);
  if (index > 0) {
    while (all.seed_port == 0) {
      std::this_thread::sleep_for(1ms);
    }
    settings.seeds = {"127.0.0.1:" + std::to_string(all.seed_port)};
  }
  node one(settings);
  const subscription listening = one.subscribe([&](const member_event& event) {
    note(all.seen[index][index_of(event.member.name)], event);
  });
  if (index == 0) {
    all.seed_port = port_of(one.local_address());
  }
  boost::system::error_code error;
  do {
    one.join(error);
  } while (error);
  for (;;) {
    pause();
  }
}

member_processes::member_processes(std::size_t count) {
  if (count > member_processes_max) {
    throw std::invalid_argument("too many processes");
  }
  const pid_t parent = getpid();
  for (std::size_t i = 0; i < count; ++i) {
    members_.push_back({.process = start_process([&] { take_part(*board_, i, parent); })});
  }
}

member_processes::~member_processes() {
  std::vector<pid_t> all;
  for (const member& one : members_) {
    all.push_back(one.process);
  }
  end_processes(all);
}

void member_processes::stop(std::size_t index) {
  signal(index, SIGSTOP, state::stopped);
}

void member_processes::go_on(std::size_t index) {
  signal(index, SIGCONT, state::runs);
}

void member_processes::kill(std::size_t index) {
  signal(index, SIGKILL, state::killed);
}

void member_processes::signal(std::size_t index, int number, state after) {
  member& one = members_.at(index);
  one.now = after;
  one.healthy = false;
  ::kill(one.process, number);
}

bool member_processes::all_see_all() const {
  for (std::size_t by = 0; by < size(); ++by) {
    for (std::size_t whom = 0; whom < size(); ++whom) {
      const bool is_there = members_[whom].now != state::killed;
      if (by != whom && members_[by].now != state::killed && seen(by, whom).live != is_there) {
        return false;
      }
    }
  }
  return true;
}

bool member_processes::is_gone_for_all(std::size_t index) const {
  for (std::size_t by = 0; by < size(); ++by) {
    if (by != index && members_[by].now == state::runs && seen(by, index).live) {
      return false;
    }
  }
  return true;
}

int member_processes::wrong_deaths() const {
  int wrong = 0;
  for (std::size_t by = 0; by < size(); ++by) {
    for (std::size_t whom = 0; whom < size(); ++whom) {
      wrong += members_[whom].healthy ? seen(by, whom).deaths.load() : 0;
    }
  }
  return wrong;
}

const sight& member_processes::seen(std::size_t by, std::size_t whom) const {
  return board_->seen.at(by).at(whom);
}

}  // namespace conclave::bench
