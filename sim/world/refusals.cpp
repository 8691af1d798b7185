// Puts a scheduler in place that starts no thread and refuses its reactor.
#include "sim/world/refusals.hpp"

#include <boost/asio/detail/concurrency_hint.hpp>
#include <boost/asio/detail/resolver_service.hpp>
#include <boost/asio/detail/scheduler.hpp>
#include <boost/asio/ip/icmp.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include <stdexcept>

namespace conclave::sim {

namespace {

namespace asio = boost::asio;

// Every service that waits for the system asks for this first.
asio::detail::scheduler_task* refuse_reactor(asio::execution_context& /*context*/) {
  throw std::logic_error(
      "a real timer, socket, descriptor or signal set in a simulated world: wait with "
      "conclave::sim::timer or conclave::sim::sleep_for, and let nodes talk through a stand-in "
      "that the test owns");
}

template <class Protocol>
bool has_resolver(asio::execution_context& context) {
  return asio::has_service<asio::detail::resolver_service<Protocol>>(context);
}

}  // namespace

void refuse_real_io(asio::execution_context& context) {
  constexpr bool own_thread = false;
  // The hint keeps a resolver from starting its thread.
  asio::make_service<asio::detail::scheduler>(context, BOOST_ASIO_CONCURRENCY_HINT_UNSAFE,
                                              own_thread, &refuse_reactor);
}

const char* what_was_smuggled_in(asio::execution_context& context) {
  if (has_resolver<asio::ip::udp>(context) || has_resolver<asio::ip::tcp>(context) ||
      has_resolver<asio::ip::icmp>(context)) {
    return "a real resolver in a simulated world: the names of its nodes are known to the seeds of "
           "conclave::config, and all else is for a stand-in that the test owns";
  }
  return nullptr;
}

}  // namespace conclave::sim
