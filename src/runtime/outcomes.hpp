// What one event means for users, kept until the node's mutex is free again.
#pragma once

#include <conclave/detail/completion.hpp>
#include <conclave/error.hpp>
#include <conclave/grant.hpp>

#include <boost/container/small_vector.hpp>
#include <boost/system/error_code.hpp>
#include <spdlog/logger.h>

#include <memory>
#include <string>
#include <utility>

namespace conclave::runtime {

using lock_completion = std::unique_ptr<detail::completion<grant>>;
using plain_completion = std::unique_ptr<detail::completion<>>;

// User code may call back into the node, so none of it runs while the mutex is held.
class outcomes {
 public:
  void add(lock_completion done, boost::system::error_code error, grant held = {}) {
    locks_.push_back({std::move(done), error, std::move(held)});
  }
  void add(plain_completion done, boost::system::error_code error) {
    others_.push_back({std::move(done), error});
  }
  void add_line(spdlog::level::level_enum level, std::string text) {
    lines_.push_back({level, std::move(text)});
  }

  [[nodiscard]] bool empty() const { return locks_.empty() && others_.empty() && lines_.empty(); }

  // Logs, then runs the handlers or hands them to their executors. When one throws, the others are
  // handed to their executors before the exception goes on.
  void deliver(detail::invocation how, spdlog::logger* logger);

 private:
  struct lock_outcome {
    lock_completion done;
    boost::system::error_code error;
    grant held;
  };
  struct plain_outcome {
    plain_completion done;
    boost::system::error_code error;
  };
  struct line {
    spdlog::level::level_enum level;
    std::string text;
  };

  void complete_all(detail::invocation how);

  // Most events end one operation or none: no allocation then.
  boost::container::small_vector<lock_outcome, 2> locks_;
  boost::container::small_vector<plain_outcome, 1> others_;
  boost::container::small_vector<line, 1> lines_;
};

}  // namespace conclave::runtime
