// A token gate that remembers across restarts, in storage that the user gives it.
#pragma once

#include <conclave/fencing_token.hpp>
#include <conclave/token_gate.hpp>

#include <concepts>
#include <mutex>
#include <type_traits>
#include <utility>

namespace conclave {

// Where a gate keeps its greatest token: a file (token_file), a row, a register.
//
// load() gives what was stored last, and the empty token when nothing ever was. Called once.
//
// store() returns when the token will be there after a crash of the machine: for a file that is
// fsync of the file, and of its folder when it was made or renamed. A crash in the middle of it
// leaves the old token or the new one, never another. It is called by one thread at a time, and
// must not call the gate. When it throws, the token may have been stored or not: both are safe.
template <class Storage>
concept token_storage = requires(std::remove_reference_t<Storage>& storage, fencing_token token) {
  { storage.load() } -> std::convertible_to<fencing_token>;
  storage.store(token);
};

// As token_gate, and after a restart it goes on from what was stored: whatever it admitted in an
// earlier run counts as admitted in this one. For that a token is stored before it is admitted.
//
// One gate at a time uses one storage. Two at once, in one process or in two, do not know of each
// other's tokens.
//
// What the write itself leaves on disk after a crash is the resource's matter. Where data and token
// can be written in one transaction that is better than any gate: docs/recipes.md.
//
// Storage may be a reference: durable_token_gate<file_storage&>.
template <token_storage Storage>
class durable_token_gate {
 public:
  // Reads what was stored. Throws what load() throws.
  explicit durable_token_gate(Storage storage)
      : storage_(std::forward<Storage>(storage)), gate_(fencing_token(storage_.load())) {}
  durable_token_gate(const durable_token_gate&) = delete;
  durable_token_gate& operator=(const durable_token_gate&) = delete;

  // As token_gate::admit(). A token greater than all before waits for the storage, once, behind
  // other tokens that are being stored. Then throws what store() throws: nothing was admitted and
  // nothing has changed, and the same token can be tried again. For all other tokens it is
  // wait-free and throws nothing.
  [[nodiscard]] bool admit(fencing_token token) {
    if (gate_.greatest() < token) {
      const std::scoped_lock alone(storing_);
      // Another thread may have stored this one or a greater one meanwhile.
      if (gate_.greatest() < token) {
        storage_.store(token);
      }
      return gate_.admit(token);
    }
    return gate_.admit(token);
  }

  // As token_gate::admit_and(). Throws what store() throws, and then the write was not run; or what
  // the write throws, and then the token is stored and admitted.
  template <gated_write Write>
  [[nodiscard]] bool admit_and(fencing_token token, Write&& write) {
    return admit(token) && gate_.admit_and(token, std::forward<Write>(write));
  }

  // The greatest token admitted, in this run or before; empty when there was none. Never falls.
  [[nodiscard]] fencing_token greatest() const noexcept { return gate_.greatest(); }

 private:
  Storage storage_;
  std::mutex storing_;  // held while a token is stored and admitted
  token_gate gate_;     // admits only what is stored
};

}  // namespace conclave
