// A lock operation of a thread that waits for it.
#pragma once

#include <conclave/detail/engine.hpp>
#include <conclave/grant.hpp>
#include <conclave/lock_options.hpp>
#include <conclave/node.hpp>

#include <boost/system/errc.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::runtime {

[[nodiscard]] bool is_lock_name(std::string_view name);
// Throws boost::system::system_error, errc::invalid_lock_name: a name has 1 to 255 bytes.
void check_name(std::string_view name);

// Throws boost::system::system_error: errc::invalid_lock_name, where a name has 1 to 255 bytes;
// errc::invalid_config, where an option is out of its bounds.
[[nodiscard]] std::shared_ptr<const detail::lock_target> target_of(const node& owner,
                                                                   std::string_view name,
                                                                   const lock_options& options);

// Nothing when it was not to be had in time. Throws boost::system::system_error for all else.
[[nodiscard]] std::optional<grant> lock_and_wait(detail::lock_wish wish);
// The same, and what is had stays in the hand of the calling thread, if the options name no other.
[[nodiscard]] std::optional<grant> lock_by_thread(detail::lock_wish wish);
[[nodiscard]] std::optional<std::vector<grant>> lock_and_wait(detail::locks_wish wish);

[[noreturn]] void refuse(boost::system::errc::errc_t reason, const std::string& text);

}  // namespace conclave::runtime
