// Errors as sentences and exit codes.
#include "tools/failure.hpp"

#include "tools/exit_codes.hpp"

#include <conclave/error.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace conclave::tools {

int exit_code_of(boost::system::error_code error) {
  if (error.category() != error_category()) {
    return exit_unavailable;
  }
  switch (static_cast<errc>(error.value())) {
    case errc::invalid_lock_name:
    case errc::invalid_config:
    case errc::address_invalid:
    case errc::lock_kind_mismatch:
      return exit_usage;
    case errc::address_in_use:
    case errc::observer:
      return exit_unavailable;
    case errc::lease_too_long:
    case errc::roster_mismatch:
      return exit_roster;
    case errc::lock_lost:
      return exit_lost;
    case errc::timed_out:
    case errc::would_block:
    case errc::cancelled:
    case errc::leaving:
    case errc::superseded:
    case errc::too_many_requests:
    case errc::clocks_disagree:
    case errc::deadlock:
    case errc::not_joined:
    case errc::seed_unreachable:
      return exit_temporary;
  }
  return exit_internal;
}

failure system_failure(int exit_code, const std::string& what) {
  return {exit_code, fmt::format("{}: {}", what, std::strerror(errno))};
}

void complain(const std::string& what) {
  fmt::print(stderr, "conclave: {}\n", what);
}

}  // namespace conclave::tools
