// Waiting for a lock, and saying why it was refused.
#include "runtime/lock_call.hpp"

#include "node/settings.hpp"
#include "runtime/blocking.hpp"

#include <conclave/detail/own_grants.hpp>

#include <boost/system/system_error.hpp>

#include <utility>

namespace conclave::runtime {

namespace {

constexpr std::size_t name_bytes_max = 255;

std::string named(const detail::lock_wish& wish) {
  return "lock \"" + wish.target->name + "\"";
}

std::string named(const detail::locks_wish& wish) {
  std::string text = "lock";
  for (const auto& target : wish.targets) {
    text += (text == "lock" ? " \"" : ", \"") + target->name + "\"";
  }
  return text;
}

template <class Wish>
std::optional<typename Wish::result> wait_for(Wish wish) {
  const std::string what = named(wish);
  const std::shared_ptr<detail::engine> owner = wish.owner();
  auto [error, held] = block_on<typename Wish::result>(
      [&](auto done) { owner->lock(std::move(wish), nullptr, std::move(done)); });
  if (error == errc::timed_out || error == errc::would_block) {
    return std::nullopt;
  }
  if (error) {
    throw boost::system::system_error(error, what);
  }
  return std::move(held);
}

}  // namespace

bool is_lock_name(std::string_view name) {
  return !name.empty() && name.size() <= name_bytes_max;
}

void check_name(std::string_view name) {
  if (!is_lock_name(name)) {
    throw boost::system::system_error(make_error_code(errc::invalid_lock_name),
                                      "a name of " + std::to_string(name.size()) + " bytes");
  }
}

std::shared_ptr<const detail::lock_target> target_of(const node& owner, std::string_view name,
                                                     const lock_options& options) {
  check_name(name);
  if (options.keep < options.keep.zero() || options.hold_max <= options.hold_max.zero()) {
    throw boost::system::system_error(make_error_code(errc::invalid_config),
                                      "keep is " + std::to_string(options.keep.count()) +
                                          " ns and hold_max is " +
                                          std::to_string(options.hold_max.count()) +
                                          " ns; keep is 0 or more, and hold_max is more than 0");
  }
  const std::chrono::nanoseconds longest = owner.engine()->lease_ttl();
  if (options.lease != options.lease.zero() &&
      (options.lease < core::shortest_lease || options.lease > longest)) {
    throw boost::system::system_error(
        make_error_code(errc::invalid_config),
        "lease is " + std::to_string(options.lease.count()) + " ns; it is 0, or from " +
            std::to_string(core::shortest_lease.count()) + " ns to the node's lease_ttl of " +
            std::to_string(longest.count()) + " ns");
  }
  std::string text(name);
  std::shared_ptr<runtime::kept_hold> kept = owner.engine()->kept_hold_of(text);
  return std::make_shared<const detail::lock_target>(detail::lock_target{.engine = owner.engine(),
                                                                         .name = std::move(text),
                                                                         .options = options,
                                                                         .kept = std::move(kept)});
}

std::optional<grant> lock_and_wait(detail::lock_wish wish) {
  return wait_for(std::move(wish));
}

std::optional<grant> lock_by_thread(detail::lock_wish wish) {
  if (!wish.target->options.owner) {
    wish.thread = lock_owner::this_thread();
    wish.nested = detail::thread_locks::any();
  }
  return wait_for(std::move(wish));
}

std::optional<std::vector<grant>> lock_and_wait(detail::locks_wish wish) {
  return wait_for(std::move(wish));
}

void refuse(boost::system::errc::errc_t reason, const std::string& text) {
  throw boost::system::system_error(make_error_code(reason), text);
}

}  // namespace conclave::runtime
