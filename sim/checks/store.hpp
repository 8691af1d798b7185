// A resource that checks tokens, as promise 2 wants it: who holds a lock reads a number, and writes
// it back greater by one. Neither is taken with a token smaller than one that it has seen. Who
// shares a lock only reads, and needs a token that no writer's is greater than.
#pragma once

#include "sim/checks/beliefs.hpp"

#include <conclave/fencing_token.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

// Right means: no token is used by two requests, but by those that share; no accepted write is made
// from a number that is not the present one; and none comes between two reads under one token. That
// has to hold whatever clocks do.
class fenced_store {
 public:
  // The number; nothing when refused.
  std::optional<std::uint64_t> read(std::size_t lock, fencing_token token, const holder& who);
  // Who shares the lock reads: the number; nothing when refused. What it read before under this
  // token must not have changed since.
  std::optional<std::uint64_t> look(std::size_t lock, fencing_token token, const holder& who,
                                    std::optional<std::uint64_t> read_before);
  // Whether it was accepted. `read_before`: the number that the writer has read.
  bool write(std::size_t lock, fencing_token token, const holder& who, std::uint64_t read_before);

  // What was wrong first.
  [[nodiscard]] const std::optional<std::string>& broken() const { return broken_; }
  [[nodiscard]] std::uint64_t number(std::size_t lock) const {
    return lock < rows_.size() ? rows_[lock].number : 0;
  }

 private:
  struct row {
    fencing_token token;
    holder owner;  // of the token
    fencing_token written;
    holder writer;  // of that one: it held it alone
    std::uint64_t number = 0;
  };

  [[nodiscard]] bool admit(std::size_t lock, fencing_token token, const holder& who);

  std::vector<row> rows_;  // by lock, or row_of()
  std::optional<std::string> broken_;
};

}  // namespace conclave::sim
