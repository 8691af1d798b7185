// Ports and configurations of the demo.
#include "tools/demo/scene.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

namespace conclave::tools::demo {

namespace asio = boost::asio;

port_list find_free_ports() {
  asio::io_context context;
  // All are open at once, so that they differ.
  std::vector<asio::ip::udp::socket> sockets;
  port_list ports{};
  for (std::uint16_t& port : ports) {
    port =
        sockets.emplace_back(context, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0))
            .local_endpoint()
            .port();
  }
  return ports;
}

config config_of(std::size_t node, const port_list& ports, const std::string& label,
                 bool first_start) {
  config settings;
  settings.name = names.at(node);
  settings.bind = fmt::format("127.0.0.1:{}", ports.at(node));
  // All find each other through one. When that one comes back, it asks another.
  const std::size_t seed = node != the_seed ? the_seed : the_seed + 1;
  if (node != the_seed || !first_start) {
    settings.seeds = {fmt::format("127.0.0.1:{}", ports.at(seed))};
  }
  settings.voters.assign(names.begin(), names.begin() + voters);
  settings.cluster = label;
  settings.lease_ttl = lease_ttl;
  settings.lease_ttl_max = lease_ttl;
  settings.new_cluster = first_start;
  // Quicker than the defaults: who watches wants to see a crash noticed.
  settings.membership.probe_interval = std::chrono::milliseconds(300);
  settings.membership.probe_timeout = std::chrono::milliseconds(100);
  settings.membership.gossip_interval = std::chrono::milliseconds(100);
  settings.membership.rejoin_interval = std::chrono::seconds(2);
  return settings;
}

}  // namespace conclave::tools::demo
