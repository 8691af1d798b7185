// One line of a history as JSON: the fields that mean something here, read without building the
// rest of the document, so that a line costs no more than its length, whatever is nested in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace conclave::histories {

enum class field : std::uint8_t {
  process,
  lock,
  resource,
  op,
  type,
  mode,
  result,
  token,
  call,
  returned,
  time,
  valid_until,
  permits,
  count,
  slot,
};
inline constexpr std::size_t fields_count = 15;
[[nodiscard]] std::string_view to_string(field which);

struct field_value {
  enum class sort : std::uint8_t { absent, whole, text, other };
  sort is = sort::absent;
  std::int64_t number = 0;  // of whole
  std::string text;         // of text; of other, as it stands or what it is
  bool nested = false;
};

// What the value is, for people: 5, "five", an object.
[[nodiscard]] std::string to_text(const field_value& value);

class line_fields {
 public:
  // Forgets the line before. False when this is not one JSON object: then why().
  [[nodiscard]] bool parse(std::string_view line);
  [[nodiscard]] const std::string& why() const { return why_; }

  [[nodiscard]] const field_value& operator[](field which) const {
    return values_[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] bool has(field which) const {
    return (*this)[which].is != field_value::sort::absent;
  }

 private:
  friend class field_handler;

  std::array<field_value, fields_count> values_;
  std::string why_;
};

}  // namespace conclave::histories
