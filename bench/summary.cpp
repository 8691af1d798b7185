// Figures as a table and as JSON.
#include "summary.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace conclave::bench {

void summary::add(std::string_view name, double value, std::string_view unit) {
  figures_.push_back({std::string(name), value, std::string(unit)});
}

void summary::add_ratio(std::string_view name, std::string_view numerator,
                        std::string_view denominator) {
  add(name, value_of(numerator) / value_of(denominator), "ratio");
}

double summary::value_of(std::string_view name) const {
  const auto found = std::ranges::find(figures_, name, &figure::name);
  if (found == figures_.end()) {
    throw std::runtime_error(fmt::format("no figure is named {}", name));
  }
  return found->value;
}

void summary::print_table() const {
  std::size_t widest = 0;
  for (const figure& one : figures_) {
    widest = std::max(widest, one.name.size());
  }
  for (const figure& one : figures_) {
    const int digits = one.value < 100 ? 2 : 0;
    fmt::print("{:<{}}  {:>14.{}f} {}\n", one.name, widest, one.value, digits, one.unit);
  }
}

std::string summary::to_json() const {
  nlohmann::ordered_json object;
  for (const figure& one : figures_) {
    object[one.name] = one.value;
  }
  return object.dump(2);
}

void summary::write(const std::string& path) const {
  const std::filesystem::path target(path);
  if (target.has_parent_path()) {
    std::filesystem::create_directories(target.parent_path());
  }
  std::ofstream file(target);
  file << to_json() << '\n';
  file.close();
  if (!file) {
    throw std::runtime_error(fmt::format("can't write {}", path));
  }
}

distribution::distribution(std::vector<sample> samples) : sorted(std::move(samples)) {
  if (sorted.empty()) {
    throw std::runtime_error("a distribution needs samples");
  }
  std::ranges::sort(sorted);
}

double distribution::percentile_us(double percent) const {
  const auto last = static_cast<double>(sorted.size() - 1);
  const auto index = static_cast<std::size_t>(std::lround(last * percent / 100));
  return std::chrono::duration<double, std::micro>(sorted[index]).count();
}

void add_distribution(summary& to, std::string_view name, std::vector<sample> samples) {
  const distribution all(std::move(samples));
  to.add(fmt::format("{}_p50_us", name), all.percentile_us(50), "us");
  to.add(fmt::format("{}_p99_us", name), all.percentile_us(99), "us");
}

}  // namespace conclave::bench
