// Numbers and texts in few characters, for a recording within a page.
//
// A number is written five bits at a time, the lowest first, each as one of 64 characters:
//
//   character = alphabet[bits + (32 when more follow)]
//
// Signed numbers are folded first: 0, -1, 1, -2, 2 ... become 0, 1, 2, 3, 4 ...
// sim/report/assets/unpack.js reads it all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace conclave::sim {

class number_writer {
 public:
  void add(std::uint64_t value);
  void add_signed(std::int64_t value);
  void append(const number_writer& others) { out_ += others.out_; }
  [[nodiscard]] const std::string& text() const { return out_; }

 private:
  std::string out_;
};

// Texts, each made of messages that are joined by " | ". A message is a pattern with numbers: those
// of like messages differ, and the pattern is written once.
class text_packer {
 public:
  // Where numbers stand in a pattern. Great numbers (ballots, tokens, boots) are written as the
  // difference to the great number before.
  static constexpr char small_mark = '\1';
  static constexpr char great_mark = '\2';
  static constexpr char padded_mark = '\3';  // has zeros in front: its length, its value

  // Writes which text it is to `into`: 0 for the next one that has not been there yet, else how
  // many texts ago it was first there.
  void refer(number_writer& into, std::string_view text);

  [[nodiscard]] const std::vector<std::string>& patterns() const { return patterns_; }
  [[nodiscard]] const std::string& messages() const { return messages_.text(); }
  [[nodiscard]] const std::string& texts() const { return texts_.text(); }

 private:
  using numbers = std::unordered_map<std::string, std::uint64_t>;  // never iterated

  // The number that something has; a new one is the count of those before it.
  static bool find_or_add(numbers& known, const std::string& what, std::uint64_t& number);
  void add_text(std::string_view text);
  void add_message(std::string_view message);
  void add_number(std::string_view digits, std::string& pattern, number_writer& values);

  numbers known_patterns_;
  numbers known_messages_;
  numbers known_texts_;
  std::vector<std::string> patterns_;
  number_writer messages_;
  number_writer texts_;
  std::uint64_t last_great_ = 0;
};

}  // namespace conclave::sim
