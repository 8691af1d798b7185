// Reads and writes under tokens.
#include "sim/checks/store.hpp"

namespace conclave::sim {

bool fenced_store::admit(std::size_t lock, fencing_token token, const holder& who) {
  if (lock >= rows_.size()) {
    rows_.resize(lock + 1);
  }
  row& one = rows_[lock];
  if (token < one.token) {
    return false;
  }
  if (token == one.token && !(who == one.owner) && !broken_) {
    broken_ = "two requests use the token " + std::to_string(token.value());
  }
  one.token = one.written = token;
  one.owner = one.writer = who;
  return true;
}

std::optional<std::uint64_t> fenced_store::look(std::size_t lock, fencing_token token,
                                                const holder& who,
                                                std::optional<std::uint64_t> read_before) {
  if (lock >= rows_.size()) {
    rows_.resize(lock + 1);
  }
  row& one = rows_[lock];
  if (token < one.written) {
    return std::nullopt;
  }
  if (token == one.written && !(who == one.writer) && !broken_) {
    broken_ = "who shares uses the token " + std::to_string(token.value()) + " of a writer";
  }
  if (read_before && one.number != *read_before && !broken_) {
    broken_ = "between two reads with the token " + std::to_string(token.value()) +
              " the number changed from " + std::to_string(*read_before) + " to " +
              std::to_string(one.number);
  }
  if (token > one.token) {
    one.token = token;
    one.owner = who;
  }
  return one.number;
}

std::optional<std::uint64_t> fenced_store::read(std::size_t lock, fencing_token token,
                                                const holder& who) {
  return admit(lock, token, who) ? std::optional(rows_[lock].number) : std::nullopt;
}

bool fenced_store::write(std::size_t lock, fencing_token token, const holder& who,
                         std::uint64_t read_before) {
  if (!admit(lock, token, who)) {
    return false;
  }
  row& one = rows_[lock];
  if (one.number != read_before && !broken_) {
    broken_ = "an accepted write with the token " + std::to_string(token.value()) +
              " was made from the number " + std::to_string(read_before) + ", but it is " +
              std::to_string(one.number);
  }
  one.number = read_before + 1;
  return true;
}

}  // namespace conclave::sim
