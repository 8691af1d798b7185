// A standing wish to hear of membership events.
#pragma once

#include <memory>

namespace conclave {

namespace detail {
class subscription_state;
}

// From node::subscribe(). Ends when it is destroyed: after that no callback runs or starts, unless
// the destructor is called by the callback itself. May outlive the node. Movable.
class [[nodiscard]] subscription {
 public:
  subscription() noexcept = default;
  subscription(subscription&& other) noexcept = default;
  subscription& operator=(subscription&& other) noexcept;
  ~subscription();

  // For the library.
  explicit subscription(std::shared_ptr<detail::subscription_state> state) noexcept;

 private:
  std::shared_ptr<detail::subscription_state> state_;
};

}  // namespace conclave
