// The resource's side of fencing: a gate that refuses tokens smaller than one it has admitted.
#pragma once

#include <conclave/fencing_token.hpp>

#include <atomic>
#include <concepts>
#include <functional>
#include <mutex>
#include <type_traits>
#include <utility>

namespace conclave {

// What a gate runs: it returns nothing, so that "refused" and "failed" cannot be taken for another.
template <class Write>
concept gated_write = std::invocable<Write> && std::is_void_v<std::invoke_result_t<Write>>;

// One gate stands in front of one resource, and looks at the tokens of one lock: those of two locks
// do not compare. It guards only what goes through this very object. A resource that several
// processes write to must compare tokens where it keeps its data: docs/recipes.md.
//
// Thread-safe. It forgets with its process: a durable_token_gate does not.
//
//   holder of 5    admit(5): yes ........................... write      too late, and written
//   holder of 6                    admit(6): yes ... write
//
// That is why the check must be one with the write. admit_and() makes it so.
class token_gate {
 public:
  token_gate() noexcept = default;
  // Goes on from there: smaller tokens are refused from the beginning.
  explicit token_gate(fencing_token greatest) noexcept : greatest_(greatest) {}
  token_gate(const token_gate&) = delete;
  token_gate& operator=(const token_gate&) = delete;

  // True when no greater token was admitted before; from then on smaller ones are refused. The same
  // token is admitted as often as it comes: a holder writes many times. The empty token never is.
  //
  // Lock-free, and wait-free for the token that was admitted last and for smaller ones. It does not
  // wait for a write under way in admit_and().
  //
  // Alone it is no safe check before a write: a greater token can be admitted, and its write done,
  // between this answer and the write. It serves
  // - to announce a holder before it reads, so that no write of an older one comes after the read;
  // - to turn late comers away at the door, early and cheaply;
  // - as the whole check where one thread alone asks and writes, and does nothing in between, as in
  //   an event loop: a co_await before the write has ended lets others in.
  [[nodiscard]] bool admit(fencing_token token) noexcept {
    fencing_token seen = greatest_.load(std::memory_order_acquire);
    while (seen < token) {
      // A failure means that another was admitted meanwhile, and puts it into `seen`.
      if (greatest_.compare_exchange_weak(seen, token, std::memory_order_acq_rel,
                                          std::memory_order_acquire)) {
        return true;
      }
    }
    return token && token == seen;
  }

  // Admits the token and runs the write, with no other write of this gate beside it. False when the
  // token is refused; the write was not run then.
  //
  // Writes run in the order of their tokens. None begins when a greater token was admitted, by this
  // or by admit(), and a greater token's write waits until a smaller one's has ended. Smaller
  // tokens are refused as soon as this is called, also while it waits.
  //
  // The write must have taken effect, or be certain never to, when it returns or throws. One that
  // is merely queued, or that timed out on its way to another machine, can still arrive after a
  // greater token's, and no gate can hold it back.
  //
  // What the write throws comes out of here. The token stays admitted: its holder holds the lock,
  // whatever became of the write. A write must not call admit_and() of the same gate.
  template <gated_write Write>
  [[nodiscard]] bool admit_and(fencing_token token, Write&& write) {
    if (!admit(token)) {
      return false;
    }
    const std::scoped_lock alone(writing_);
    // Somebody newer may have been admitted while this waited.
    if (token < greatest()) {
      return false;
    }
    std::invoke(std::forward<Write>(write));
    return true;
  }

  // The greatest token admitted; empty when there was none. Never falls.
  [[nodiscard]] fencing_token greatest() const noexcept {
    return greatest_.load(std::memory_order_acquire);
  }

 private:
  static_assert(std::atomic<fencing_token>::is_always_lock_free);

  std::atomic<fencing_token> greatest_{fencing_token()};
  std::mutex writing_;  // held while a write runs
};

}  // namespace conclave
