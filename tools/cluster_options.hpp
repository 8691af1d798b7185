// The options that say which cluster, and who this node is in it; the same for all commands.
#pragma once

#include <conclave/config.hpp>
#include <conclave/node.hpp>

#include <CLI/CLI.hpp>
#include <boost/system/error_code.hpp>
#include <spdlog/logger.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::tools {

struct cluster_options {
  std::vector<std::string> seeds;
  std::string cluster;
  std::string key_file;
  std::string name;
  std::string bind;
  std::string advertise;
  std::vector<std::string> voters;
  std::optional<std::chrono::nanoseconds> lease_ttl;
  std::optional<std::chrono::nanoseconds> lease_ttl_max;
  std::optional<std::uint32_t> clock_drift_max_ppm;
  std::string metadata;
  int verbosity = 0;  // how often -v was said
};

// An option that takes a duration.
CLI::Option* add_duration(CLI::App& app, const std::string& option,
                          std::optional<std::chrono::nanoseconds>& value,
                          const std::string& description);

// --seed, --cluster, --key-file, --name, --bind, --advertise, -v.
void add_node_options(CLI::App& app, cluster_options& chosen);
// --voters, --lease-ttl, --lease-ttl-max, --clock-drift-max-ppm.
void add_lock_options(CLI::App& app, cluster_options& chosen);

// Throws failure (exit_usage) that names the values and the rule they break.
void refuse_unless_valid(const config& settings);

// What is not chosen keeps the library's default. Throws failure when a file can't be read.
[[nodiscard]] config to_config(const cluster_options& chosen);

// "run-host-4711-9f3c": no other process has it, at any time.
[[nodiscard]] std::string unique_name(std::string_view prefix);
// This machine's address on the way to the first of these that has one, and port 0: the system
// chooses. Throws failure: exit_usage for what is no address, exit_unavailable when none has a way.
[[nodiscard]] std::string address_towards(const std::vector<std::string>& seeds);

// Why join() did not succeed.
[[nodiscard]] std::string join_complaint(const node& member, boost::system::error_code error,
                                         std::chrono::nanoseconds patience);

// To stderr; nothing below `least`, which each -v lowers by one.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_logger(const cluster_options& chosen,
                                                          spdlog::level::level_enum least);

}  // namespace conclave::tools
