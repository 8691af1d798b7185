// An archive that prints messages as text, for traces and reports.
#pragma once

#include "base/address.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "wire/archive.hpp"

#include <string>

namespace conclave::core {

// "name=value name=value". Output only.
class text_writer {
 public:
  using is_saving = boost::mpl::true_;
  using is_loading = boost::mpl::false_;

  explicit text_writer(std::string& out) : out_(&out) {}

  template <class T>
  text_writer& operator&(const T& value) {
    save(value);
    return *this;
  }
  template <class T>
  text_writer& operator<<(const T& value) {
    return *this & value;
  }

 private:
  template <class T>
  void save(const boost::serialization::nvp<T>& named) {
    if (!out_->empty() && out_->back() != ' ' && out_->back() != '{') {
      *out_ += ' ';
    }
    *out_ += named.name();
    *out_ += '=';
    save(named.const_value());
  }

  // 0 stands for none wherever a message has a length of time: it is left out.
  void save(const boost::serialization::nvp<duration>& named) {
    if (named.const_value() != duration(0)) {
      save<duration>(named);
    }
  }

  // Names come from strangers: what could break a line or a terminal is shown as \xNN.
  void save(const std::string& text) {
    constexpr char digits[] = "0123456789abcdef";
    *out_ += '"';
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
        *out_ += c;
      } else {
        *out_ += "\\x";
        *out_ += digits[byte >> 4];
        *out_ += digits[byte & 0xf];
      }
    }
    *out_ += '"';
  }
  void save(const bounded_text& bounded) { save(bounded.text); }
  void save(const bounded_bytes& bounded) {
    *out_ += std::to_string(bounded.bytes.size()) + " bytes";
  }
  void save(duration value) { *out_ += std::to_string(value.count()) + "ns"; }
  void save(instant value) { save(value.time_since_epoch()); }
  void save(const address& where) { *out_ += to_string(where); }

  template <class Tag>
  void save(strong_number<Tag> number) {
    *out_ += std::to_string(number.value);
  }

  template <class Tag>
  void save(const fixed_number<Tag>& fixed) {
    save(fixed.number);
  }

  template <class T>
  void save(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      *out_ += value ? "yes" : "no";
    } else if constexpr (std::is_enum_v<T>) {
      *out_ += to_string(value);
    } else if constexpr (std::integral<T>) {
      *out_ += std::to_string(value);
    } else {
      *out_ += '{';
      boost::serialization::serialize_adl(*this, const_cast<T&>(value), 0);
      *out_ += '}';
    }
  }

  std::string* out_;
};

}  // namespace conclave::core
