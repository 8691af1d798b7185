// A hold that the candidate keeps, as it shares it with the threads of its process
// (docs/protocol.md, "Inside one process"). The shell has one for each lock; in the simulator there
// are none.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <conclave/error.hpp>

#include <cstdint>

namespace conclave::core {

class shared_hold {
 public:
  struct closing {
    bool in_use = false;     // somebody has it, and will say when that ends
    std::uint64_t used = 0;  // tokens, since it was opened
  };

  virtual ~shared_hold() = default;
  // Free until `deadline`, for so many tokens from `first` on. `request`: by which the candidate
  // knows it.
  virtual void open(request_id request, instant deadline, ballot first, std::uint64_t tokens) = 0;
  // A request of the node holds it, and nobody elsewhere waits: it may be free in a moment.
  virtual void occupy() = 0;
  // Nobody takes it from now on.
  virtual closing close() = 0;
  // It is over for whoever has it.
  virtual void force_close() = 0;
  // Before force_close(), when it is lost.
  virtual void note_loss(loss_reason reason) = 0;
  // A deadline stays true, so it only grows, but for shorten().
  virtual void extend(instant deadline) = 0;
  virtual void shorten(instant deadline) = 0;
  // Who took it last.
  [[nodiscard]] virtual owner_id owner() const = 0;
  // Tokens, since it was opened.
  [[nodiscard]] virtual std::uint64_t used() const = 0;
};

}  // namespace conclave::core
