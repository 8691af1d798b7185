// Packing numbers and texts.
#include "sim/report/packing.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace conclave::sim {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static_assert(alphabet.size() == 64);

constexpr std::string_view separator = " | ";

// What a page's numbers hold without loss.
constexpr std::size_t small_digits_max = 15;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Nothing when it does not fit.
std::optional<std::uint64_t> value_of(std::string_view digits) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace

void number_writer::add(std::uint64_t value) {
  while (value >= 32) {
    out_ += alphabet[32 + value % 32];
    value /= 32;
  }
  out_ += alphabet[value];
}

void number_writer::add_signed(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  add(value < 0 ? ~(bits << 1U) : bits << 1U);
}

bool text_packer::find_or_add(numbers& known, const std::string& what, std::uint64_t& number) {
  const auto [at, fresh] = known.try_emplace(what, known.size());
  number = at->second;
  return fresh;
}

void text_packer::refer(number_writer& into, std::string_view text) {
  std::uint64_t number = 0;
  if (find_or_add(known_texts_, std::string(text), number)) {
    add_text(text);
    into.add(0);
  } else {
    into.add(known_texts_.size() - number);
  }
}

void text_packer::add_text(std::string_view text) {
  std::vector<std::string_view> messages;
  while (true) {
    const std::size_t end = text.find(separator);
    messages.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      break;
    }
    text.remove_prefix(end + separator.size());
  }
  texts_.add(messages.size());
  for (const std::string_view message : messages) {
    std::uint64_t number = 0;
    if (find_or_add(known_messages_, std::string(message), number)) {
      add_message(message);
      texts_.add(0);
    } else {
      texts_.add(known_messages_.size() - number);
    }
  }
}

void text_packer::add_message(std::string_view message) {
  std::string pattern;
  number_writer values;
  while (!message.empty()) {
    const auto end = std::ranges::find_if_not(message, is_digit);
    const auto length = static_cast<std::size_t>(end - message.begin());
    if (length > 0) {
      add_number(message.substr(0, length), pattern, values);
      message.remove_prefix(length);
      continue;
    }
    const char c = message.front();
    pattern += c >= small_mark && c <= padded_mark ? '?' : c;
    message.remove_prefix(1);
  }
  std::uint64_t number = 0;
  if (find_or_add(known_patterns_, pattern, number)) {
    patterns_.push_back(pattern);
  }
  messages_.add(number);
  messages_.append(values);
}

void text_packer::add_number(std::string_view digits, std::string& pattern, number_writer& values) {
  const std::optional<std::uint64_t> value = value_of(digits);
  const bool small = digits.size() <= small_digits_max;
  const bool padded = digits.size() > 1 && digits.front() == '0';
  if (!value || (padded && !small)) {
    pattern += digits;
  } else if (padded) {
    pattern += padded_mark;
    values.add(digits.size());
    values.add(*value);
  } else if (small) {
    pattern += small_mark;
    values.add(*value);
  } else {
    pattern += great_mark;
    values.add_signed(static_cast<std::int64_t>(*value - last_great_));
    last_great_ = *value;
  }
}

}  // namespace conclave::sim
