// Three voters on the loopback, each a `conclave node`.
#pragma once

#include "program.hpp"

#include <memory>
#include <string>
#include <vector>

namespace conclave::tools {

class voters {
 public:
  // All see each other when it returns.
  explicit voters(const std::string& lease_ttl_max = "10s");

  [[nodiscard]] const program& at(std::size_t index) const { return *nodes_.at(index); }
  [[nodiscard]] program& at(std::size_t index) { return *nodes_.at(index); }
  // Where the first one listens.
  [[nodiscard]] const std::string& seed() const { return seed_; }

  // `conclave run --lock LOCK <options> -- <command>` in this cluster.
  [[nodiscard]] arguments run(const std::string& lock, const arguments& options,
                              const arguments& command) const;

 private:
  std::string lease_ttl_max_;
  std::string seed_;
  std::vector<std::unique_ptr<program>> nodes_;
};

}  // namespace conclave::tools
