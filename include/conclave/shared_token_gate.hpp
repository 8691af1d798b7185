// The resource's side of fencing for locks that many share: readers side by side, writers alone.
#pragma once

#include <conclave/fencing_token.hpp>
#include <conclave/token_gate.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace conclave {

// As token_gate, for the tokens of one shared_mutex. A holder that has it alone shows its token as
// a writer, one that shares it as a reader. Between those of two readers there is no order, and
// none is asked for; what is refused is who comes too late:
//
//                          admitted before:  a greater writer's token   a greater reader's token
//   a writer's token       admit()           refused                    refused
//   a reader's token       admit_shared()    refused                    admitted
//
// The same token may be shown both ways: a writer reads too, and who has called downgrade() goes on
// with the token that it wrote with.
//
// Thread-safe. It forgets with its process: a durable_shared_token_gate does not.
class shared_token_gate {
 public:
  shared_token_gate() noexcept = default;
  // Goes on from there: the greatest tokens that were admitted, of writers and of readers.
  shared_token_gate(fencing_token greatest, fencing_token greatest_shared) noexcept
      : alone_(greatest), shared_(greatest_shared) {}
  shared_token_gate(const shared_token_gate&) = delete;
  shared_token_gate& operator=(const shared_token_gate&) = delete;

  // True when no greater token was admitted before, of either kind; from then on smaller ones of
  // both kinds are refused. Else as token_gate::admit(), with the same caution: alone it is no safe
  // check before a write. Lock-free.
  [[nodiscard]] bool admit(fencing_token token) noexcept {
    // Looked at again after it is known: a reader may have come in between.
    return token && !is_late(token) && raise(alone_, token) && !is_late(token);
  }

  // True when no greater writer's token was admitted before; from then on smaller tokens of writers
  // are refused. So what is read after this stays as it is until the reader gives the lock back or
  // loses it: of writes that went through the gate, none of an older holder comes any more, but for
  // one that was let in by admit() alone and has not ended. Lock-free.
  [[nodiscard]] bool admit_shared(fencing_token token) noexcept {
    if (!token || is_late_reader(token)) {
      return false;
    }
    static_cast<void>(raise(shared_, token));
    return !is_late_reader(token);
  }

  // Admits the token as a writer's and runs the write, with no other write and no read of this gate
  // beside it. As token_gate::admit_and() in everything else.
  template <gated_write Write>
  [[nodiscard]] bool admit_and(fencing_token token, Write&& write) {
    if (!admit(token)) {
      return false;
    }
    const std::unique_lock alone(running_);
    // Somebody newer may have been admitted while this waited.
    if (is_late(token)) {
      return false;
    }
    std::invoke(std::forward<Write>(write));
    return true;
  }

  // Admits the token as a reader's and runs the read, beside other reads and no write of this gate.
  // False when the token is refused; the read was not run then. What it throws comes out of here,
  // and the token stays admitted. It must call neither this nor admit_and() of the same gate.
  template <gated_write Read>
  [[nodiscard]] bool admit_shared_and(fencing_token token, Read&& read) {
    if (!admit_shared(token)) {
      return false;
    }
    const std::shared_lock together(running_);
    if (is_late_reader(token)) {
      return false;
    }
    std::invoke(std::forward<Read>(read));
    return true;
  }

  // The greatest token admitted, of writers and of readers; empty when there was none. Never fall.
  [[nodiscard]] fencing_token greatest() const noexcept { return alone_.load(); }
  [[nodiscard]] fencing_token greatest_shared() const noexcept { return shared_.load(); }

 private:
  static_assert(std::atomic<fencing_token>::is_always_lock_free);

  [[nodiscard]] bool is_late(fencing_token writer) const noexcept {
    return writer < greatest() || writer < greatest_shared();
  }
  [[nodiscard]] bool is_late_reader(fencing_token reader) const noexcept {
    return reader < greatest();
  }
  // False when a greater one is there.
  static bool raise(std::atomic<fencing_token>& to, fencing_token token) noexcept {
    fencing_token seen = to.load();
    while (seen < token) {
      if (to.compare_exchange_weak(seen, token)) {
        return true;
      }
    }
    return seen == token;
  }

  std::atomic<fencing_token> alone_{fencing_token()};
  std::atomic<fencing_token> shared_{fencing_token()};
  std::shared_mutex running_;  // held alone by a write, shared by reads
};

}  // namespace conclave
