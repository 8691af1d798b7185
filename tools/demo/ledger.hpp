// The resource that the demo's lock protects: a counter in an SQLite file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

struct sqlite3;

namespace conclave::tools::demo {

class ledger {
 public:
  // Both throw failure. A new file starts at 0.
  static ledger create(const std::string& path);
  static ledger open(const std::string& path);

  // Shows the token first: writes under older ones are refused from then on. Nothing when a greater
  // one was there before.
  [[nodiscard]] std::optional<std::int64_t> read_counter(std::uint64_t token);

  // One statement that checks the token and writes: false when a greater one was there before.
  // A journal notes what was written, by whom, and what had been read for it.
  bool write_counter(std::int64_t value, std::int64_t value_read, std::uint64_t token,
                     const std::string& writer);

  struct audit_result {
    std::int64_t increments = 0;    // writes that were accepted
    std::int64_t counter = 0;       // what the counter says
    std::int64_t lost_updates = 0;  // writes that overwrote one that they had not read
  };
  [[nodiscard]] audit_result audit();

 private:
  struct closer {
    void operator()(sqlite3* database) const;
  };
  explicit ledger(const std::string& path);
  void execute(const char* statements);
  [[nodiscard]] std::int64_t ask(const char* question);

  std::unique_ptr<sqlite3, closer> database_;
};

}  // namespace conclave::tools::demo
