// A gate for readers and writers that remembers across restarts.
#pragma once

#include <conclave/durable_token_gate.hpp>
#include <conclave/fencing_token.hpp>
#include <conclave/shared_token_gate.hpp>
#include <conclave/token_gate.hpp>

#include <mutex>
#include <utility>

namespace conclave {

// As shared_token_gate, and after a restart it goes on from what was stored, as a
// durable_token_gate does. It keeps two tokens, each in a storage of its own: the greatest of
// writers and the greatest of readers. A reader's token is stored too, so that no older writer
// comes after a restart while the reader still has the lock. Readers cost the storage something
// only when their token is greater than those of all readers before: once for each time that they
// get the lock, at most.
//
// One gate at a time uses one storage, and uses it for one of the two.
template <token_storage Storage>
class durable_shared_token_gate {
 public:
  // Reads what was stored. Throws what load() throws.
  durable_shared_token_gate(Storage alone, Storage shared)
      : alone_(std::forward<Storage>(alone)),
        shared_(std::forward<Storage>(shared)),
        gate_(fencing_token(alone_.load()), fencing_token(shared_.load())) {}
  durable_shared_token_gate(const durable_shared_token_gate&) = delete;
  durable_shared_token_gate& operator=(const durable_shared_token_gate&) = delete;

  // As those of shared_token_gate. A token greater than all of its kind before waits for the
  // storage, once, behind other tokens that are being stored. Then they throw what store() throws:
  // nothing was admitted and nothing has changed, and the same token can be tried again. For all
  // other tokens they throw nothing.
  [[nodiscard]] bool admit(fencing_token token) {
    if (gate_.greatest() < token && gate_.greatest_shared() <= token) {
      const std::scoped_lock one(storing_);
      // Another thread may have stored this one or a greater one meanwhile.
      if (gate_.greatest() < token && gate_.greatest_shared() <= token) {
        alone_.store(token);
      }
      return gate_.admit(token);
    }
    return gate_.admit(token);
  }
  [[nodiscard]] bool admit_shared(fencing_token token) {
    if (gate_.greatest_shared() < token && gate_.greatest() <= token) {
      const std::scoped_lock one(storing_);
      if (gate_.greatest_shared() < token && gate_.greatest() <= token) {
        shared_.store(token);
      }
      return gate_.admit_shared(token);
    }
    return gate_.admit_shared(token);
  }

  // As those of shared_token_gate. Throw what store() throws, and then nothing was run; or what the
  // write or the read throws, and then the token is stored and admitted.
  template <gated_write Write>
  [[nodiscard]] bool admit_and(fencing_token token, Write&& write) {
    return admit(token) && gate_.admit_and(token, std::forward<Write>(write));
  }
  template <gated_write Read>
  [[nodiscard]] bool admit_shared_and(fencing_token token, Read&& read) {
    return admit_shared(token) && gate_.admit_shared_and(token, std::forward<Read>(read));
  }

  // In this run or before; as those of shared_token_gate.
  [[nodiscard]] fencing_token greatest() const noexcept { return gate_.greatest(); }
  [[nodiscard]] fencing_token greatest_shared() const noexcept { return gate_.greatest_shared(); }

 private:
  Storage alone_;
  Storage shared_;
  std::mutex storing_;      // held while a token is stored and admitted
  shared_token_gate gate_;  // admits only what is stored
};

}  // namespace conclave
