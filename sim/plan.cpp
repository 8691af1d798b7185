// Plans as text.
#include "sim/plan.hpp"

#include "sim/plan_fields.hpp"

#include <array>
#include <bit>
#include <type_traits>

namespace conclave::sim {

namespace {

// Exact, without spaces: "1.5ms".
std::string text_of(duration value) {
  if (value == never_after) {
    return "never";
  }
  std::string text = to_text(value);
  std::erase(text, ' ');
  return text;
}

std::string text_of(true_time value) {
  return text_of(value.time_since_epoch());
}

std::string text_of(bool value) {
  return value ? "yes" : "no";
}

template <class Number>
requires std::is_integral_v<Number> std::string text_of(Number value) {
  return std::to_string(value);
}

template <class Enumeration>
requires std::is_enum_v<Enumeration> std::string text_of(Enumeration value) {
  return std::string(to_string(value));
}

std::string text_of(const variation& value) {
  std::string text;
  for (const std::uint32_t each : value) {
    text.append(text.empty() ? "" : ".").append(std::to_string(each));
  }
  return text;
}

std::string text_of_machines(machine_set set) {
  std::string text;
  for (; set != 0; set &= set - 1) {
    text += text.empty() ? "n" : "+n";
    text += std::to_string(std::countr_zero(set) + 1);
  }
  return text.empty() ? "none" : text;
}

std::string text_of_groups(const std::vector<machine_set>& groups) {
  std::string text;
  for (const machine_set each : groups) {
    text.append(text.empty() ? "" : "|").append(text_of_machines(each));
  }
  return text.empty() ? "none" : text;
}

// Writes the fields of a thing that are not as those of another.
template <class Thing>
class writer {
 public:
  writer(Thing thing, Thing plain) {
    visit_fields(plain, [&](const char*, auto& field, field_kind kind = field_kind::plain) {
      plain_.push_back(written(field, kind));
    });
    std::size_t at = 0;
    visit_fields(thing, [&](const char* name, auto& field, field_kind kind = field_kind::plain) {
      const std::string value = written(field, kind);
      if (value != plain_[at++]) {
        text_.append(" ").append(name).append("=").append(value);
      }
    });
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  template <class Field>
  static std::string written(const Field& field, field_kind kind) {
    if constexpr (std::is_same_v<Field, std::vector<machine_set>>) {
      return text_of_groups(field);
    } else if constexpr (std::is_same_v<Field, std::uint32_t>) {
      if (kind == field_kind::machine) {
        return std::string("n").append(std::to_string(field + 1));
      }
      return kind == field_kind::machines ? text_of_machines(field) : text_of(field);
    } else {
      return text_of(field);
    }
  }

  std::vector<std::string> plain_;
  std::string text_;
};

template <class Thing>
std::string fields_of(const Thing& thing) {
  return writer<Thing>(thing, Thing()).text();
}

}  // namespace

plan draw_plan(std::uint64_t seed, const variation& variant) {
  plan drawn;
  drawn.world = draw_options(seed, variant);
  drawn.faults = draw_schedule(drawn.world);
  return drawn;
}

std::string to_text(const plan& what) {
  std::string text = "world" + fields_of(what.world) + '\n';
  text += "calm" + fields_of(what.world.calm) + '\n';
  text += "stormy" + fields_of(what.world.stormy) + '\n';
  for (const fault& each : what.faults) {
    text += "fault " + std::string(to_string(each.kind)) + fields_of(each) + '\n';
  }
  // An empty list is something else than no list.
  if (what.operations) {
    text += "operations " + std::to_string(what.operations->size()) + '\n';
    for (const operation& each : *what.operations) {
      text += "lock" + fields_of(each) + '\n';
    }
  }
  if (what.incidents) {
    text += "incidents " + std::to_string(what.incidents->size()) + '\n';
    for (const incident& each : *what.incidents) {
      text += "datagram " + std::string(to_string(each.kind)) + fields_of(each) + '\n';
    }
  }
  return text;
}

}  // namespace conclave::sim
