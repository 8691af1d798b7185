// The executor of one simulated process, made for boost::asio::any_io_executor.
#pragma once

#include "sim/world/task.hpp"

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace conclave::sim {

class process_context;

// What the executor needs of its context; apart, because the context needs the executor's type.
[[nodiscard]] boost::asio::execution_context& as_context(process_context& where) noexcept;
[[nodiscard]] bool may_run_inside(process_context& where);
void enqueue(process_context& where, std::unique_ptr<task> work);

// A pointer and three bits. It must not be used after its world, as any executor after its context.
class process_executor {
 public:
  explicit process_executor(process_context& where) noexcept : where_(&where) {}

  [[nodiscard]] boost::asio::execution_context& query(
      boost::asio::execution::context_t /*which*/) const noexcept {
    return as_context(*where_);
  }
  [[nodiscard]] boost::asio::execution::blocking_t query(
      boost::asio::execution::blocking_t /*which*/) const noexcept {
    return never_inside_
               ? boost::asio::execution::blocking_t(boost::asio::execution::blocking_t::never)
               : boost::asio::execution::blocking_t(boost::asio::execution::blocking_t::possibly);
  }
  [[nodiscard]] boost::asio::execution::relationship_t query(
      boost::asio::execution::relationship_t /*which*/) const noexcept {
    return continues_ ? boost::asio::execution::relationship_t(
                            boost::asio::execution::relationship_t::continuation)
                      : boost::asio::execution::relationship_t(
                            boost::asio::execution::relationship_t::fork);
  }
  [[nodiscard]] boost::asio::execution::outstanding_work_t query(
      boost::asio::execution::outstanding_work_t /*which*/) const noexcept {
    return tracked_ ? boost::asio::execution::outstanding_work_t(
                          boost::asio::execution::outstanding_work_t::tracked)
                    : boost::asio::execution::outstanding_work_t(
                          boost::asio::execution::outstanding_work_t::untracked);
  }

  [[nodiscard]] process_executor require(
      boost::asio::execution::blocking_t::never_t /*which*/) const {
    return with(&process_executor::never_inside_, true);
  }
  [[nodiscard]] process_executor require(
      boost::asio::execution::blocking_t::possibly_t /*which*/) const {
    return with(&process_executor::never_inside_, false);
  }
  // The two below change nothing: a world runs for as long as it is told to, work or not, and
  // keeps the order in which handlers came.
  [[nodiscard]] process_executor require(
      boost::asio::execution::relationship_t::continuation_t /*which*/) const {
    return with(&process_executor::continues_, true);
  }
  [[nodiscard]] process_executor require(
      boost::asio::execution::relationship_t::fork_t /*which*/) const {
    return with(&process_executor::continues_, false);
  }
  [[nodiscard]] process_executor require(
      boost::asio::execution::outstanding_work_t::tracked_t /*which*/) const {
    return with(&process_executor::tracked_, true);
  }
  [[nodiscard]] process_executor require(
      boost::asio::execution::outstanding_work_t::untracked_t /*which*/) const {
    return with(&process_executor::tracked_, false);
  }

  template <class Function>
  void execute(Function&& work) const {
    if (!never_inside_ && may_run_inside(*where_)) {
      std::decay_t<Function> here(std::forward<Function>(work));
      std::move(here)();
      return;
    }
    enqueue(*where_, make_task(std::forward<Function>(work)));
  }

  friend bool operator==(const process_executor&, const process_executor&) noexcept = default;

 private:
  [[nodiscard]] process_executor with(bool process_executor::*bit, bool value) const noexcept {
    process_executor changed = *this;
    changed.*bit = value;
    return changed;
  }

  process_context* where_;
  bool never_inside_ = false;
  bool continues_ = false;
  bool tracked_ = false;
};

}  // namespace conclave::sim
