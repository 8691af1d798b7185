// Tells a thread that may wait from one that may not.
#include "runtime/blocking.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/system_error.hpp>

#include <system_error>

namespace conclave::runtime {

namespace {

namespace asio = boost::asio;

// The thread of a strand's inner executor is as needed as the strand itself.
template <class Executor>
bool runs_here(const asio::any_io_executor& executor) {
  if (const auto* plain = executor.target<Executor>(); plain != nullptr) {
    return plain->running_in_this_thread();
  }
  if (const auto* strand = executor.target<asio::strand<Executor>>(); strand != nullptr) {
    return strand->get_inner_executor().running_in_this_thread();
  }
  return false;
}

}  // namespace

bool runs_on_this_thread(const asio::any_io_executor& executor) {
  if (const auto* strand = executor.target<asio::strand<asio::any_io_executor>>();
      strand != nullptr) {
    return runs_on_this_thread(strand->get_inner_executor());
  }
  return runs_here<asio::io_context::executor_type>(executor) ||
         runs_here<asio::thread_pool::executor_type>(executor);
}

}  // namespace conclave::runtime

namespace conclave::detail {

void refuse_deadlock(const engine& engine, const char* operation) {
  if (engine.blocking_would_deadlock()) {
    throw boost::system::system_error(
        make_error_code(boost::system::errc::resource_deadlock_would_occur),
        std::string(operation) +
            " would wait on a thread that its node needs; use the async_ form");
  }
}

}  // namespace conclave::detail
