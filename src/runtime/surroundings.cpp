// Asks a context what it offers.
#include "runtime/surroundings.hpp"

#include "runtime/system.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

#include <utility>

namespace conclave::runtime {

namespace asio = boost::asio;

asio::execution_context::id surroundings_service::id;

surroundings_service::surroundings_service(asio::execution_context& context,
                                           std::shared_ptr<surroundings> offered)
    : service(context), offered_(std::move(offered)) {}

std::shared_ptr<surroundings> surroundings_of(const asio::any_io_executor& executor) {
  asio::execution_context& context = asio::query(executor, asio::execution::context);
  if (asio::has_service<surroundings_service>(context)) {
    return asio::use_service<surroundings_service>(context).offered();
  }
  return the_system();
}

}  // namespace conclave::runtime
