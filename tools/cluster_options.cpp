// From options to a node's configuration.
#include "tools/cluster_options.hpp"

#include "runtime/addresses.hpp"
#include "tools/durations.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"
#include "tools/key_file.hpp"
#include "tools/terminal.hpp"

#include <conclave/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>

namespace conclave::tools {

CLI::Option* add_duration(CLI::App& app, const std::string& option,
                          std::optional<std::chrono::nanoseconds>& value,
                          const std::string& description) {
  return app
      .add_option_function<std::string>(
          option,
          [option, &value](const std::string& text) { value = parse_duration(option, text); },
          description)
      ->type_name("DURATION");
}

void add_node_options(CLI::App& app, cluster_options& chosen) {
  app.add_option("--seed", chosen.seeds,
                 "addresses of some members, host:port; any one that answers is enough")
      ->delimiter(',')
      ->expected(1)
      ->take_all()
      ->type_name("ADDRESS,...")
      ->envname("CONCLAVE_SEEDS");
  app.add_option("--cluster", chosen.cluster, "label of the cluster (default: conclave)")
      ->type_name("LABEL")
      ->envname("CONCLAVE_CLUSTER");
  app.add_option("--key-file", chosen.key_file,
                 "file with the cluster's key: 32 bytes, or 64 hexadecimal digits")
      ->type_name("FILE")
      ->envname("CONCLAVE_KEY_FILE");
  app.add_option("--name", chosen.name, "this node's name, unique in the cluster")
      ->type_name("NAME");
  app.add_option("--bind", chosen.bind, "local address; port 0 lets the system choose")
      ->type_name("ADDRESS");
  app.add_option("--advertise", chosen.advertise, "address that others use, if it is another")
      ->type_name("ADDRESS");
  app.add_flag("-v,--verbose", chosen.verbosity, "say more on stderr; twice: still more");
}

void add_lock_options(CLI::App& app, cluster_options& chosen) {
  app.add_option("--voters", chosen.voters, "names of the voters, the same on all nodes")
      ->delimiter(',')
      ->expected(1)
      ->take_all()
      ->type_name("NAME,...")
      ->envname("CONCLAVE_VOTERS");
  add_duration(app, "--lease-ttl", chosen.lease_ttl,
               "how long a lock outlives the crash of its holder");
  add_duration(app, "--lease-ttl-max", chosen.lease_ttl_max,
               "greatest lease of any node, the same on all nodes (default: 10s)");
  app.add_option("--clock-drift-max-ppm", chosen.clock_drift_max_ppm,
                 "bound on how far clocks' rates differ, the same on all nodes (default: 5000)")
      ->type_name("PPM");
}

config to_config(const cluster_options& chosen) {
  config settings;
  settings.name = chosen.name;
  settings.bind = chosen.bind;
  settings.advertise = chosen.advertise;
  settings.seeds = chosen.seeds;
  settings.voters = chosen.voters;
  if (!chosen.cluster.empty()) {
    settings.cluster = chosen.cluster;
  }
  if (!chosen.key_file.empty()) {
    settings.cluster_key = read_key_file(chosen.key_file);
  }
  settings.metadata = chosen.metadata;
  settings.lease_ttl_max = chosen.lease_ttl_max.value_or(settings.lease_ttl_max);
  settings.lease_ttl =
      chosen.lease_ttl.value_or(std::min(settings.lease_ttl, settings.lease_ttl_max));
  settings.clock_drift_max_ppm = chosen.clock_drift_max_ppm.value_or(settings.clock_drift_max_ppm);
  return settings;
}

void refuse_unless_valid(const config& settings) {
  if (const std::string broken = validate(settings); !broken.empty()) {
    throw failure(exit_usage, broken);
  }
}

std::string unique_name(std::string_view prefix) {
  std::array<char, 65> host{};
  gethostname(host.data(), host.size() - 1);
  std::random_device source;
  return fmt::format("{}-{}-{}-{:04x}", prefix, host.data(), getpid(), source() & 0xFFFFU);
}

std::string address_towards(const std::vector<std::string>& seeds) {
  namespace asio = boost::asio;
  using asio::ip::udp;
  asio::io_context context;
  boost::system::error_code error;
  for (const std::string& seed : seeds) {
    const auto target = runtime::split_host_and_port(seed);
    if (!target) {
      throw failure(exit_usage, fmt::format("--seed is \"{}\"; write host:port", seed));
    }
    for (const auto& found :
         udp::resolver(context).resolve(target->host, std::to_string(target->port), error)) {
      // Connecting a UDP socket sends nothing: the system only chooses the way.
      udp::socket probe(context);
      probe.connect(found.endpoint(), error);
      const udp::endpoint local = error ? udp::endpoint() : probe.local_endpoint(error);
      if (!error) {
        const std::string address = local.address().to_string();
        return local.address().is_v6() ? "[" + address + "]:0" : address + ":0";
      }
    }
  }
  throw failure(exit_unavailable,
                fmt::format("no way to --seed {}: {}", fmt::join(seeds, ","), error.message()));
}

std::string join_complaint(const node& member, boost::system::error_code error,
                           std::chrono::nanoseconds patience) {
  if (error != errc::seed_unreachable) {
    return error.message();
  }
  return fmt::format(
      "not joined within {}: {}; check that they run, with the same --cluster and key",
      to_text(patience), member.engine()->explain(error));
}

std::shared_ptr<spdlog::logger> make_logger(const cluster_options& chosen,
                                            spdlog::level::level_enum least) {
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
      wants_colour(STDERR_FILENO) ? spdlog::color_mode::always : spdlog::color_mode::never);
  auto logger = std::make_shared<spdlog::logger>("conclave", std::move(sink));
  logger->set_pattern("%H:%M:%S.%e %^%l%$ %v");
  logger->set_level(static_cast<spdlog::level::level_enum>(
      std::max<int>(spdlog::level::trace, least - chosen.verbosity)));
  return logger;
}

}  // namespace conclave::tools
