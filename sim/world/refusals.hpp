// What of Boost.Asio can't be used in a world, and how it is found out.
//
// Asked of a context that is not its own, Boost.Asio starts a hidden thread with a real event loop
// for timers and sockets, and another for names. A world refuses both instead.
#pragma once

#include <boost/asio/execution_context.hpp>

namespace conclave::sim {

// From here on the construction of a real timer, socket, descriptor or signal set on this context
// throws std::logic_error and says what to use instead.
void refuse_real_io(boost::asio::execution_context& context);

// A resolver can't be kept from being made. Null, or the words about one that was.
[[nodiscard]] const char* what_was_smuggled_in(boost::asio::execution_context& context);

}  // namespace conclave::sim
