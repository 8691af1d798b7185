// The figures of one run: a table for people, one JSON object for programs.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::bench {

struct figure {
  std::string name;
  double value = 0;
  std::string unit;  // "us", "1/s", "ratio", ...
};

class summary {
 public:
  void add(std::string_view name, double value, std::string_view unit);
  // `numerator` over `denominator`, both added before.
  void add_ratio(std::string_view name, std::string_view numerator, std::string_view denominator);

  void print_table() const;
  [[nodiscard]] std::string to_json() const;
  // Throws std::runtime_error with the path and the reason.
  void write(const std::string& path) const;

 private:
  [[nodiscard]] double value_of(std::string_view name) const;

  std::vector<figure> figures_;
};

using sample = std::chrono::nanoseconds;

// Samples of one quantity. Sorts them.
struct distribution {
  explicit distribution(std::vector<sample> samples);
  [[nodiscard]] double percentile_us(double percent) const;  // microseconds

  std::vector<sample> sorted;
};

// Adds NAME_p50_us and NAME_p99_us.
void add_distribution(summary& to, std::string_view name, std::vector<sample> samples);

}  // namespace conclave::bench
