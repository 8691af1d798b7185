// From "host:port" to addresses, without blocking.
#pragma once

#include "base/address.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <string>
#include <vector>

namespace conclave::runtime {

struct resolved_seeds {
  std::vector<core::address> addresses;
  std::vector<std::string> failed;  // the texts whose names nobody knew
};

// Asks for one name after the other and calls back on the executor, never inside. A name may have
// several addresses: all are kept. `v6`: the node's socket can reach IPv6 addresses, else only IPv4
// ones are asked for.
void resolve_seeds(const boost::asio::any_io_executor& executor, bool v6,
                   std::vector<std::string> seeds, std::function<void(resolved_seeds)> done);

}  // namespace conclave::runtime
