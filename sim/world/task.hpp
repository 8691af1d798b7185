// A piece of work that is run once, or destroyed without being run.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace conclave::sim {

class task {
 public:
  task() = default;
  task(const task&) = delete;
  task& operator=(const task&) = delete;
  virtual ~task() = default;

  // Frees the memory of `self` before the work begins, as Boost.Asio promises to handlers.
  static void run(std::unique_ptr<task> self) { self.release()->consume(); }

 protected:
  virtual void consume() = 0;  // deletes itself
};

template <class Function>
class task_of final : public task {
 public:
  explicit task_of(Function work) : work_(std::move(work)) {}

 private:
  void consume() override {
    Function work(std::move(work_));
    delete this;
    std::move(work)();
  }

  Function work_;
};

template <class Function>
[[nodiscard]] std::unique_ptr<task> make_task(Function&& work) {
  return std::make_unique<task_of<std::decay_t<Function>>>(std::forward<Function>(work));
}

}  // namespace conclave::sim
