// Handing work to a context that may be destroyed as soon as that work has run.
#pragma once

#include <boost/asio/execution/context_as.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

#include <atomic>
#include <thread>

namespace conclave::detail {

// Work that is posted from another thread may run, and its user destroy the context, before post()
// has returned: it still has to wake a thread of the context, and to drop what it holds of it. Who
// posts says so here, and the end of the context waits for it.
class posting final : public boost::asio::execution_context::service {
 public:
  using key_type = posting;
  static inline boost::asio::execution_context::id id;

  explicit posting(boost::asio::execution_context& owner) : service(owner) {}

  // While it lives, the context is not destroyed. Of no context: nothing happens.
  class scope {
   public:
    explicit scope(posting* into) noexcept : into_(into) {
      if (into_ != nullptr) {
        into_->under_way_.fetch_add(1);
      }
    }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;
    ~scope() {
      if (into_ != nullptr) {
        into_->under_way_.fetch_sub(1);
      }
    }

   private:
    posting* into_;
  };

 private:
  // A post takes less than a thread needs to be put to sleep.
  void shutdown() noexcept override {
    while (under_way_.load() != 0) {
      std::this_thread::yield();
    }
  }

  std::atomic<unsigned> under_way_{0};
};

// Null for an executor that does not tell its context. Takes the context's own mutex, once an
// operation: who may end at any time can't be remembered anywhere else.
template <class Executor>
[[nodiscard]] posting* posting_into(const Executor& executor) {
  using context = boost::asio::execution::context_as_t<boost::asio::execution_context&>;
  if constexpr (boost::asio::can_query_v<const Executor&, context>) {
    return &boost::asio::use_service<posting>(boost::asio::query(executor, context()));
  } else {
    return nullptr;
  }
}

}  // namespace conclave::detail
