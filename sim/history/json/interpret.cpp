// The rules for each field.
#include "sim/history/json/interpret.hpp"

#include "sim/history/json/times.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace conclave::histories {

namespace {

constexpr std::size_t name_max = 1'000;  // bytes

template <class Value>
using words_for = std::pair<std::string_view, Value>;

constexpr std::array<words_for<operation_kind>, 10> kinds{{
    {"acquire", operation_kind::acquire},
    {"lock", operation_kind::acquire},
    {"release", operation_kind::release},
    {"unlock", operation_kind::release},
    {"renew", operation_kind::renew},
    {"extend", operation_kind::renew},
    {"lost", operation_kind::lost},
    {"expire", operation_kind::lost},
    {"crash", operation_kind::crash},
    {"write", operation_kind::write},
}};
constexpr std::array<words_for<half>, 4> types{{
    {"invoke", half::invoke},
    {"ok", half::ok},
    {"fail", half::fail},
    {"info", half::info},
}};
constexpr std::array<words_for<lock_mode>, 3> modes{{
    {"exclusive", lock_mode::exclusive},
    {"shared", lock_mode::shared},
    {"permit", lock_mode::permit},
}};
constexpr std::array<words_for<outcome>, 3> results{{
    {"ok", outcome::ok},
    {"fail", outcome::fail},
    {"unknown", outcome::unknown},
}};

class interpreter {
 public:
  interpreter(const line_fields& fields, std::uint64_t line,
              const interpretation_settings& settings, history& names)
      : fields_(&fields), settings_(settings), names_(&names) {
    made_.line = line;
  }

  interpreted run();

 private:
  void refuse(field which, std::string_view rule);
  [[nodiscard]] std::string_view word(field which) const;  // without Jepsen's colon
  template <class Value, std::size_t Count>
  std::optional<Value> choice(field which, const std::array<words_for<Value>, Count>& among);
  std::optional<std::string> name(field which);
  std::optional<std::int64_t> whole(field which, std::int64_t least, std::int64_t greatest);
  std::optional<moment> time(field which);

  void read_names();
  void read_numbers();
  void read_mode();
  void read_interval();
  interpreted read_half();

  const line_fields* fields_;
  interpretation_settings settings_;
  history* names_;
  operation made_;
  std::string why_;  // the first mistake
};

void interpreter::refuse(field which, std::string_view rule) {
  if (why_.empty()) {
    why_ = '"' + std::string(to_string(which)) + "\" is " + to_text((*fields_)[which]) + ": " +
           std::string(rule);
  }
}

std::string_view interpreter::word(field which) const {
  const std::string_view text = (*fields_)[which].text;
  return text.starts_with(':') ? text.substr(1) : text;
}

template <class Value, std::size_t Count>
std::optional<Value> interpreter::choice(field which,
                                         const std::array<words_for<Value>, Count>& among) {
  if (!fields_->has(which)) {
    return std::nullopt;
  }
  std::string rule = "must be one of";
  for (const auto& [text, value] : among) {
    if ((*fields_)[which].is == field_value::sort::text && word(which) == text) {
      return value;
    }
    rule += ' ' + std::string(text);
  }
  refuse(which, rule);
  return std::nullopt;
}

std::optional<std::string> interpreter::name(field which) {
  const field_value& value = (*fields_)[which];
  const bool is_text =
      value.is == field_value::sort::text && !value.text.empty() && value.text.size() <= name_max;
  if (is_text || value.is == field_value::sort::whole) {
    return is_text ? value.text : std::to_string(value.number);
  }
  if (value.is != field_value::sort::absent) {
    refuse(which, "must be a name of 1 to 1000 bytes, or a whole number");
  }
  return std::nullopt;
}

// Also as text, since many programs can't write 64 bits as a number.
std::optional<std::int64_t> interpreter::whole(field which, std::int64_t least,
                                               std::int64_t greatest) {
  const field_value& value = (*fields_)[which];
  std::optional<std::int64_t> number;
  if (value.is == field_value::sort::whole) {
    number = value.number;
  } else if (value.is == field_value::sort::text) {
    number = parse_whole(value.text);
  }
  if (number && *number >= least && *number <= greatest) {
    return number;
  }
  if (value.is != field_value::sort::absent) {
    refuse(which, "must be a whole number from " + std::to_string(least) + " to " +
                      std::to_string(greatest));
  }
  return std::nullopt;
}

std::optional<moment> interpreter::time(field which) {
  const field_value& value = (*fields_)[which];
  std::optional<moment> at;
  if (value.is == field_value::sort::whole) {
    at = parse_count(value.number, settings_.time_unit);
  } else if (value.is == field_value::sort::text) {
    at = parse_date(value.text);
    names_->times_are_dates = names_->times_are_dates || at;
  }
  if (!at && value.is != field_value::sort::absent) {
    refuse(which, "must be a whole number, or a date like 2026-03-01T12:00:00.5Z");
  }
  return at;
}

void interpreter::read_names() {
  const std::optional<std::string> process = name(field::process);
  if (!process) {
    refuse(field::process, "every line names its process");
    return;
  }
  made_.process = names_->process(*process);
  const bool is_write = made_.kind == operation_kind::write;
  std::optional<std::string> lock;
  if (is_write && fields_->has(field::resource)) {
    lock = name(field::resource);
  } else {
    lock = name(field::lock);
  }
  // What a completion does not name, its invocation may.
  const bool completes = fields_->has(field::type) && word(field::type) != "invoke";
  if (made_.kind == operation_kind::crash || (!lock && completes)) {
    made_.lock = no_lock;
  } else {
    made_.lock = names_->lock(lock.value_or("lock"));
  }
}

void interpreter::read_numbers() {
  constexpr std::int64_t most = 1'000'000'000;
  if (const auto token = whole(field::token, 1, INT64_MAX)) {
    made_.token = fencing_token(static_cast<std::uint64_t>(*token));
  }
  made_.permits = static_cast<std::uint32_t>(whole(field::permits, 1, most).value_or(1));
  made_.count = static_cast<std::uint32_t>(whole(field::count, 1, most).value_or(1));
  if (const auto slot = whole(field::slot, 0, most)) {
    made_.slot = static_cast<std::uint32_t>(*slot);
  }
  made_.valid_until = time(field::valid_until).value_or(never);
}

void interpreter::read_mode() {
  const std::optional<lock_mode> said = choice(field::mode, modes);
  const bool implied = fields_->has(field::permits) || fields_->has(field::slot);
  made_.mode = said.value_or(implied ? lock_mode::permit : lock_mode::exclusive);
  const bool says_how_many = fields_->has(field::permits) || fields_->has(field::type);
  if (made_.kind == operation_kind::acquire && made_.mode == lock_mode::permit && !says_how_many) {
    refuse(field::permits, "who acquires a permit says how many there are in all");
  }
}

void interpreter::read_interval() {
  const std::optional<moment> at = time(field::time);
  const std::optional<moment> call = time(field::call);
  const std::optional<moment> returned = time(field::returned);
  if (!call && !at) {
    refuse(field::call, "a line says \"call\" and \"return\", or \"time\"");
    return;
  }
  made_.called = call ? *call : *at;
  made_.returned = returned ? *returned : at.value_or(never);
  made_.result = choice(field::result, results)
                     .value_or(made_.returned == never ? outcome::unknown : outcome::ok);
  if (made_.kind == operation_kind::crash || made_.kind == operation_kind::lost) {
    made_.result = outcome::ok;  // it is told because it was so
    made_.returned = made_.returned == never ? made_.called : made_.returned;
  }
  if (made_.result == outcome::unknown) {
    made_.returned = never;
  }
}

interpreted interpreter::read_half() {
  const std::optional<half> which = choice(field::type, types);
  const std::optional<moment> at = time(field::time);
  if (!at) {
    refuse(field::time, "a line with \"type\" says its \"time\"");
  }
  if (!why_.empty()) {
    return refused_line{why_};
  }
  return half_operation{.said = made_, .at = *at, .which = *which};
}

interpreted interpreter::run() {
  if ((*fields_)[field::process].is == field_value::sort::text &&
      word(field::process) == "nemesis") {
    return nothing_said{};
  }
  const std::optional<operation_kind> kind = choice(field::op, kinds);
  if (!kind) {
    refuse(field::op, "every line says what was done");
    return refused_line{why_};
  }
  made_.kind = *kind;
  read_names();
  read_numbers();
  read_mode();
  if (fields_->has(field::type)) {
    return read_half();
  }
  read_interval();
  if (!why_.empty()) {
    return refused_line{why_};
  }
  if (const char* problem = problem_of(made_); problem != nullptr) {
    return refused_line{problem};
  }
  return made_;
}

}  // namespace

interpreted interpret(const line_fields& fields, std::uint64_t line,
                      const interpretation_settings& settings, history& names) {
  return interpreter(fields, line, settings, names).run();
}

}  // namespace conclave::histories
