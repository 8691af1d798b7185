// Forking, pinning, sharing.
#include "processes.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

namespace conclave::bench {

const char* to_string(placement where) {
  switch (where) {
    case placement::one_core:
      return "one_core";
    case placement::cores:
      return "cores";
  }
  return "?";
}

void pin_to_core(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof(set), &set) != 0) {
    throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
  }
}

pid_t start_process(const std::function<void()>& function) {
  std::fflush(nullptr);  // else the child prints what the parent had buffered
  const pid_t child = fork();
  if (child < 0) {
    throw std::system_error(errno, std::generic_category(), "fork");
  }
  if (child > 0) {
    return child;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int status = 0;
  try {
    function();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "conclave_bench: %s\n", error.what());
    status = 1;
  }
  std::fflush(nullptr);
  _exit(status);
}

namespace {

bool succeeded(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

pid_t start(placement where, bool measures, const std::function<void()>& function) {
  return start_process([&] {
    pin_to_core(where == placement::cores && !measures ? 1 : 0);
    function();
  });
}

}  // namespace

void end_processes(const std::vector<pid_t>& children) {
  for (const pid_t child : children) {
    kill(child, SIGKILL);
  }
  for (const pid_t child : children) {
    succeeded(child);
  }
}

void run_in_processes(placement where, std::vector<std::function<void()>> functions) {
  std::vector<pid_t> others;
  for (std::size_t i = functions.size() - 1; i > 0; --i) {
    others.push_back(start(where, false, functions[i]));
  }
  const bool measured = succeeded(start(where, true, functions[0]));
  end_processes(others);
  if (!measured) {
    throw std::runtime_error("the measuring process failed");
  }
}

void* map_shared(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "mmap");
  }
  return memory;
}

void unmap_shared(void* memory, std::size_t size) {
  munmap(memory, size);
}

void shared_samples::add(std::int64_t value) {
  const std::size_t at = count.load();
  if (at < size_max) {
    nanoseconds[at] = value;
    count.store(at + 1);
  }
}

std::uint16_t free_port() {
  namespace asio = boost::asio;
  asio::io_context context;
  asio::ip::udp::socket socket(context,
                               asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0));
  return socket.local_endpoint().port();
}

}  // namespace conclave::bench
