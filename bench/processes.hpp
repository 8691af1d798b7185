// Other processes for one measurement, pinned, and memory that they share.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <stdexcept>
#include <vector>

namespace conclave::bench {

// Where the processes of one measurement run. Only figures of the same placement compare.
enum class placement {
  one_core,  // all on core 0: a message costs no wake-up of another core
  cores,     // the measuring one on core 0, all others on core 1
};
[[nodiscard]] const char* to_string(placement where);

void pin_to_core(unsigned core);

// Runs it in a process of its own, which ends with this one.
[[nodiscard]] pid_t start_process(const std::function<void()>& function);
void end_processes(const std::vector<pid_t>& children);

// Runs each function in a process of its own and waits for all. The parent must have no threads.
// The first function is the measuring one: when it returns the others are ended. Throws when one
// fails, after all have ended.
void run_in_processes(placement where, std::vector<std::function<void()>> functions);

void* map_shared(std::size_t size);
void unmap_shared(void* memory, std::size_t size);

// A T that all processes of the measurement see. T holds atomics and plain arrays only.
template <class T>
class shared {
 public:
  shared() : value_(new (map_shared(sizeof(T))) T) {}
  ~shared() {
    value_->~T();
    unmap_shared(value_, sizeof(T));
  }
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;

  T* operator->() { return value_; }
  const T* operator->() const { return value_; }
  T& operator*() { return *value_; }

 private:
  T* value_;
};

// Samples that one process takes and its parent reads.
struct shared_samples {
  static constexpr std::size_t size_max = 200'000;
  std::atomic<std::size_t> count = 0;
  std::int64_t nanoseconds[size_max] = {};

  void add(std::int64_t value);
};
template <class Sample>
std::vector<Sample> samples_of(const shared_samples& taken) {
  std::vector<Sample> result;
  for (std::size_t i = 0; i < taken.count.load(); ++i) {
    result.emplace_back(taken.nanoseconds[i]);
  }
  return result;
}

// A UDP port of the loopback that is free now.
[[nodiscard]] std::uint16_t free_port();

}  // namespace conclave::bench
