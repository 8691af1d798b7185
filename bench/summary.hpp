// The figures of one run: a table for people, one JSON object for programs.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
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

  // What was measured is a figure, and shows that something is broken: the run fails at its end.
  void add_failure(std::string what) { failures_.push_back(std::move(what)); }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

  void print_table() const;
  [[nodiscard]] std::string to_json() const;
  // Throws std::runtime_error with the path and the reason.
  void write(const std::string& path) const;

 private:
  [[nodiscard]] double value_of(std::string_view name) const;

  std::vector<figure> figures_;
  std::vector<std::string> failures_;
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
