// A real database, as the tests of the recipes see it: SQLite or PostgreSQL, whichever is linked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace conclave::recipes {

using value = std::variant<std::int64_t, std::string, std::nullptr_t>;

struct outcome {
  std::int64_t changed = 0;                      // rows changed, or given back
  std::vector<std::optional<std::string>> rows;  // the first column of each
};

// The transaction met a newer one and must begin anew.
struct must_begin_anew : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class connection {
 public:
  virtual ~connection() = default;
  // One statement, with what stands for $1, $2 and so on. Waits for other transactions if it must.
  virtual outcome run(const std::string& statement, const std::vector<value>& values = {}) = 0;
  // Whether run() waits for another transaction at this moment. For other threads.
  [[nodiscard]] virtual bool waits() = 0;
};

class database {
 public:
  virtual ~database() = default;
  [[nodiscard]] virtual std::unique_ptr<connection> connect() = 0;
  // Begins a transaction that sees the state of its first statement all along.
  [[nodiscard]] virtual std::string begin_with_snapshot() const = 0;
};

// An empty one.
std::unique_ptr<database> make_database();

}  // namespace conclave::recipes
