// Reading a line as a stream of JSON tokens.
#include "sim/history/json/fields.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace conclave::histories {

namespace {

constexpr std::array<std::string_view, fields_count> names{
    "process", "lock",   "resource", "op",          "type",    "mode",  "result", "token",
    "call",    "return", "time",     "valid_until", "permits", "count", "slot"};

std::optional<field> field_named(std::string_view name) {
  if (name == "f") {  // as Jepsen calls it
    return field::op;
  }
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? std::nullopt
                              : std::optional(static_cast<field>(found - names.begin()));
}

}  // namespace

std::string_view to_string(field which) {
  return names[static_cast<std::size_t>(which)];
}

std::string to_text(const field_value& value) {
  switch (value.is) {
    case field_value::sort::absent:
      return "missing";
    case field_value::sort::whole:
      return std::to_string(value.number);
    case field_value::sort::text:
      return '"' + value.text.substr(0, 100) + '"';
    case field_value::sort::other:
      return value.text.substr(0, 100);
  }
  return "?";
}

// Fields stand in the outermost object, or in an object that is its "value", as Jepsen has it; the
// outermost counts more.
class field_handler {
 public:
  explicit field_handler(line_fields& into) : into_(&into) {}

  bool null() { return counts(); }
  bool boolean(bool value) { return set_other(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) { return set_whole(value); }
  bool number_unsigned(std::uint64_t value) {
    return value <= INT64_MAX ? set_whole(static_cast<std::int64_t>(value))
                              : set_other(std::to_string(value));
  }
  bool number_float(double, const std::string& text) { return set_other(text); }
  bool string(std::string& text) {
    if (field_value* into = target(); into != nullptr) {
      into->is = field_value::sort::text;
      into->text.swap(text);
    }
    return counts();
  }
  bool binary(nlohmann::json::binary_t&) { return counts(); }
  bool start_object(std::size_t) {
    if (depth_ > 0) {
      set_other("an object");
    }
    in_value_ = in_value_ || (depth_ == 1 && key_is_value_);
    ++depth_;
    return true;
  }
  bool end_object() { return leave(); }
  bool start_array(std::size_t) {
    if (!counts()) {
      return false;
    }
    set_other("an array");
    ++depth_;
    return true;
  }
  bool end_array() { return leave(); }
  bool key(const std::string& name) {
    key_ = depth_ == 1 || (depth_ == 2 && in_value_) ? field_named(name) : std::nullopt;
    key_is_value_ = depth_ == 1 && name == "value";
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& why) {
    into_->why_ = why.what();
    return false;
  }

 private:
  // A value outside an object is no record.
  bool counts() {
    if (depth_ == 0) {
      into_->why_ = "it is not an object";
      return false;
    }
    return true;
  }
  field_value* target() {
    if (!key_) {
      return nullptr;
    }
    field_value& value = into_->values_[static_cast<std::size_t>(*key_)];
    const bool nested = depth_ == 2;
    if (nested && value.is != field_value::sort::absent && !value.nested) {
      return nullptr;
    }
    value.nested = nested;
    return &value;
  }
  bool set_whole(std::int64_t number) {
    if (field_value* into = target(); into != nullptr) {
      into->is = field_value::sort::whole;
      into->number = number;
    }
    return counts();
  }
  bool set_other(std::string_view text) {
    if (field_value* into = target(); into != nullptr) {
      into->is = field_value::sort::other;
      into->text = text;
    }
    key_.reset();
    return counts();
  }
  bool leave() {
    --depth_;
    in_value_ = in_value_ && depth_ > 1;
    key_.reset();
    return true;
  }

  line_fields* into_;
  std::size_t depth_ = 0;
  std::optional<field> key_;
  bool key_is_value_ = false;
  bool in_value_ = false;
};

bool line_fields::parse(std::string_view line) {
  for (field_value& value : values_) {
    value.is = field_value::sort::absent;
  }
  why_.clear();
  field_handler handler(*this);
  return nlohmann::json::sax_parse(line.begin(), line.end(), &handler);
}

}  // namespace conclave::histories
