// The grant: an owner of one hold.
#include <conclave/detail/engine.hpp>
#include <conclave/detail/hold.hpp>
#include <conclave/grant.hpp>

#include <boost/system/errc.hpp>

#include <utility>

namespace conclave {

grant::grant(std::shared_ptr<detail::hold> held) noexcept : hold_(std::move(held)) {}

grant& grant::operator=(grant&& other) noexcept {
  if (this != &other) {
    static_cast<void>(release());
    hold_ = std::move(other.hold_);
  }
  return *this;
}

grant::~grant() {
  static_cast<void>(release());
}

grant::operator bool() const noexcept {
  return hold_ && !hold_->released();
}

fencing_token grant::token() const noexcept {
  return hold_ ? hold_->token() : fencing_token();
}

bool grant::valid() const noexcept {
  return hold_ && hold_->valid();
}

std::chrono::nanoseconds grant::remaining() const noexcept {
  return hold_ ? hold_->remaining() : std::chrono::nanoseconds(0);
}

lease_clock::time_point grant::deadline() const noexcept {
  return hold_ ? hold_->deadline() : lease_clock::time_point();
}

bool grant::is_shared() const noexcept {
  return hold_ && hold_->shared();
}

std::uint32_t grant::slot() const noexcept {
  return hold_ ? hold_->slot() : 0;
}

boost::system::error_code grant::downgrade() {
  if (!hold_ || hold_->released() || hold_->permits() > 0) {
    return make_error_code(boost::system::errc::operation_not_permitted);
  }
  if (hold_->shared() ? hold_->valid() : hold_->target().engine->downgrade(*hold_)) {
    return {};
  }
  static_cast<void>(hold_->reason());  // so that it can be asked for afterwards
  return errc::lock_lost;
}

std::stop_token grant::stop_token() const noexcept {
  return hold_ ? hold_->stop_token() : std::stop_token();
}

loss_reason grant::reason() const noexcept {
  return hold_ ? hold_->reason() : loss_reason::none;
}

boost::system::error_code grant::release() noexcept {
  bool was_valid = true;
  if (!hold_ || !hold_->release(was_valid) || was_valid) {
    return {};
  }
  return errc::lock_lost;
}

}  // namespace conclave
