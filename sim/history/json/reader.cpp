// From a stream to lines, from lines to operations.
#include "sim/history/json/reader.hpp"

#include <algorithm>
#include <istream>
#include <string_view>
#include <utility>

namespace conclave::histories {

namespace {

constexpr std::size_t piece_size = 1 << 18;
constexpr std::size_t reasons_max = 10;

class reading {
 public:
  explicit reading(const reader_settings& settings) : settings_(&settings) {}

  // A piece of the stream. False when enough was read.
  bool add(std::string_view piece);
  read_result finish();

 private:
  void end_line(std::string_view text);
  void take(interpreted&& said);
  void refuse(std::uint64_t line, std::string why);
  [[nodiscard]] bool stopped() const { return out_.unreadable > 0 && !settings_->lenient; }

  const reader_settings* settings_;
  read_result out_;
  std::string rest_;       // of a line that began in an earlier piece
  bool too_long_ = false;  // what is left of this line is skipped
  line_fields fields_;
  std::vector<half_operation> halves_;
};

bool reading::add(std::string_view piece) {
  while (!piece.empty() && !stopped()) {
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    too_long_ = too_long_ || rest_.size() + part.size() > line_size_max;
    if (end == std::string_view::npos) {
      rest_ = too_long_ ? std::string() : std::move(rest_.append(part));
      break;
    }
    if (rest_.empty()) {
      end_line(part);
    } else {
      end_line(rest_.append(part));
    }
    rest_.clear();
    piece.remove_prefix(end + 1);
  }
  return !stopped();
}

void reading::end_line(std::string_view text) {
  ++out_.lines;
  if (std::exchange(too_long_, false)) {
    refuse(out_.lines, "it is longer than " + std::to_string(line_size_max) + " bytes");
    return;
  }
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (out_.lines == 1 && text.starts_with(byte_order_mark)) {
    text.remove_prefix(byte_order_mark.size());
  }
  if (text.find_first_not_of(" \t\r") == std::string_view::npos) {
    return;
  }
  if (!fields_.parse(text)) {
    refuse(out_.lines, "it is not one JSON object: " + fields_.why());
    return;
  }
  take(interpret(fields_, out_.lines, {.time_unit = settings_->time_unit}, out_.told));
}

void reading::take(interpreted&& said) {
  if (const auto* one = std::get_if<operation>(&said)) {
    out_.told.operations.push_back(*one);
    if (one->kind == operation_kind::crash) {
      halves_.push_back({.said = *one, .at = one->called, .which = half::info});
    }
  } else if (const auto* part = std::get_if<half_operation>(&said)) {
    halves_.push_back(*part);
  } else if (auto* refused = std::get_if<refused_line>(&said)) {
    refuse(out_.lines, std::move(refused->why));
  }
}

void reading::refuse(std::uint64_t line, std::string why) {
  ++out_.unreadable;
  if (out_.why.size() < reasons_max) {
    out_.why.push_back({.line = line, .why = std::move(why)});
  }
}

read_result reading::finish() {
  if (!stopped() && (!rest_.empty() || too_long_)) {
    end_line(std::exchange(rest_, {}));
  }
  if (stopped()) {
    return std::move(out_);
  }
  std::vector<operation>& all = out_.told.operations;
  const std::size_t whole = all.size();
  for (unpaired& one : pair_halves(std::exchange(halves_, {}), settings_->partial, out_.told)) {
    refuse(one.line, std::move(one.why));
  }
  std::size_t kept = whole;
  for (std::size_t i = whole; i < all.size(); ++i) {
    all[i].lock = all[i].lock == no_lock ? out_.told.lock("lock") : all[i].lock;
    if (const char* problem = problem_of(all[i]); problem != nullptr) {
      refuse(all[i].line, problem);
    } else {
      all[kept++] = all[i];
    }
  }
  all.resize(kept);
  return std::move(out_);
}

}  // namespace

read_result read_history(std::istream& from, const reader_settings& settings) {
  reading all(settings);
  std::string piece(piece_size, '\0');
  std::uint64_t bytes = 0;
  bool goes_on = true;
  while (goes_on && from.good()) {
    from.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto count = static_cast<std::size_t>(from.gcount());
    bytes += count;
    goes_on = all.add(std::string_view(piece).substr(0, count));
    if (settings.progress) {
      settings.progress(bytes);
    }
  }
  read_result out = all.finish();
  out.failed = from.bad();
  return out;
}

}  // namespace conclave::histories
