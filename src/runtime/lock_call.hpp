// A lock operation of a thread that waits for it.
#pragma once

#include <conclave/detail/engine.hpp>
#include <conclave/grant.hpp>

#include <boost/system/errc.hpp>

#include <optional>
#include <string>

namespace conclave::runtime {

// Nothing when it was not to be had in time. Throws boost::system::system_error for all else.
[[nodiscard]] std::optional<grant> lock_and_wait(detail::lock_wish wish);

[[noreturn]] void refuse(boost::system::errc::errc_t reason, const std::string& text);

}  // namespace conclave::runtime
