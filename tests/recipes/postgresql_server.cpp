// Starting and stopping a PostgreSQL server.
#include "postgresql_server.hpp"

#include "recipe_files.hpp"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <vector>

namespace conclave::recipes {

namespace {

namespace fs = std::filesystem;

// Debian keeps each version's programs in a folder of their own.
fs::path programs() {
  const fs::path versions = "/usr/lib/postgresql";
  std::vector<fs::path> found;
  if (fs::exists(versions)) {
    for (const auto& version : fs::directory_iterator(versions)) {
      if (fs::exists(version.path() / "bin/initdb")) {
        found.push_back(version.path() / "bin");
      }
    }
  }
  if (found.empty()) {
    throw std::runtime_error(
        "PostgreSQL's server is not installed: ./dev test installs it (package postgresql-15)");
  }
  return *std::ranges::max_element(found);
}

// The server refuses to run as root: then it runs as the user that its package made.
const passwd* other_user() {
  if (geteuid() != 0) {
    return nullptr;
  }
  const passwd* user = getpwnam("postgres");
  if (user == nullptr) {
    throw std::runtime_error("there is no user postgres to run the server as");
  }
  return user;
}

// Starts it as that user, in the folder, with its words in the folder's log. It gets SIGQUIT when
// the thread that started it ends: a server then ends at once.
pid_t start_program(const std::string& folder, std::vector<std::string> command) {
  const passwd* user = other_user();
  std::vector<char*> arguments;
  for (std::string& word : command) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const std::string log = folder + "/log";
  const pid_t parent = getpid();
  const pid_t id = fork();
  if (id != 0) {
    return id;
  }
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const bool changed = user == nullptr || (initgroups(user->pw_name, user->pw_gid) == 0 &&
                                           setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (changed && chdir(folder.c_str()) == 0 && getppid() == parent) {
    execv(arguments.front(), arguments.data());
  }
  _exit(127);
}

bool ended_well(pid_t id) {
  int status = 0;
  waitpid(id, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

postgresql_server::postgresql_server() {
  const std::string bin = programs();
  // Not below TMPDIR or the build: a socket's path is short, and that user must reach it.
  std::string name = "/tmp/conclave-postgresql-" + std::string(6, 'X');
  if (mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("cannot make a folder in /tmp");
  }
  folder_ = name;
  try {
    if (const passwd* user = other_user();
        user != nullptr && chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("cannot give " + folder_ + " to the user postgres");
    }
    if (!ended_well(
            start_program(folder_, {bin + "/initdb", "-D", folder_ + "/data", "-U", "conclave",
                                    "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"}))) {
      throw std::runtime_error("initdb failed:\n" + log());
    }
    id_ = start_program(folder_, {bin + "/postgres", "-D", folder_ + "/data", "-k", folder_, "-c",
                                  "listen_addresses=", "-c", "fsync=off"});
    start();
  } catch (...) {
    fs::remove_all(folder_);
    throw;
  }
}

postgresql_server::~postgresql_server() {
  kill(id_, SIGINT);  // "fast": transactions are aborted
  ended_well(id_);
  fs::remove_all(folder_);
}

// Until it answers.
void postgresql_server::start() {
  while (PQping(address().c_str()) != PQPING_OK) {
    if (waitpid(id_, nullptr, WNOHANG) == id_) {
      throw std::runtime_error("the server ended:\n" + log());
    }
    std::this_thread::yield();
  }
}

std::string postgresql_server::address() const {
  return "host=" + folder_ + " user=conclave dbname=postgres";
}

std::string postgresql_server::log() const {
  return text_of(folder_ + "/log");
}

}  // namespace conclave::recipes
