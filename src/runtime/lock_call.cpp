// Waiting for a lock, and saying why it was refused.
#include "runtime/lock_call.hpp"

#include "runtime/blocking.hpp"

#include <boost/system/system_error.hpp>

#include <utility>

namespace conclave::runtime {

std::optional<grant> lock_and_wait(detail::lock_wish wish) {
  const std::shared_ptr<const detail::lock_target> target = wish.target;
  auto [error, held] = block_on<grant>(
      [&](auto done) { target->engine->lock(std::move(wish), nullptr, std::move(done)); });
  if (error == errc::timed_out || error == errc::would_block) {
    return std::nullopt;
  }
  if (error) {
    throw boost::system::system_error(error, "lock \"" + target->name + "\"");
  }
  return std::move(held);
}

void refuse(boost::system::errc::errc_t reason, const std::string& text) {
  throw boost::system::system_error(make_error_code(reason), text);
}

}  // namespace conclave::runtime
