// The project's own archives for Boost.Serialization: messages to bytes and back.
//
// Boost's binary archives are neither portable nor safe on hostile bytes. These write little-endian
// variable-length integers, bound every length, know no pointers and no tracking. Reading never
// throws and never allocates more than the bytes at hand: after the first fault failed() is true
// and all that follows reads as zero.
#pragma once

#include "base/address.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

#include <boost/mpl/bool.hpp>
#include <boost/serialization/nvp.hpp>
#include <boost/serialization/serialization.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace conclave::core {

using boost::serialization::make_nvp;

inline constexpr std::size_t text_max = 255;      // bytes of a name
inline constexpr std::size_t metadata_max = 512;  // bytes

// An enumeration says how many values it has: the reader refuses greater ones.
template <class Enum>
inline constexpr std::uint8_t enumerators = 0;

// A text with a bound of its own.
struct bounded_text {
  std::string& text;
  std::size_t size_max;
};

// Bytes that say nothing to who reads a trace.
struct bounded_bytes {
  std::string& bytes;
  std::size_t size_max;
};

// Exactly eight bytes, for values that are hashes: variable length would only grow them.
template <class Tag>
struct fixed_number {
  strong_number<Tag>& number;
};

// Appends to a caller's buffer.
class byte_writer {
 public:
  using is_saving = boost::mpl::true_;
  using is_loading = boost::mpl::false_;

  explicit byte_writer(std::vector<std::byte>& out) : out_(&out) {}

  template <class T>
  byte_writer& operator&(const T& value) {
    save(value);
    return *this;
  }
  template <class T>
  byte_writer& operator<<(const T& value) {
    return *this & value;
  }

  void put_fixed(std::uint64_t value, unsigned bytes) {
    std::array<std::byte, 8> little{};
    for (std::byte& each : little) {
      each = static_cast<std::byte>(value);
      value >>= 8;
    }
    put_bytes(std::span(little).first(bytes));
  }

  void put_variable(std::uint64_t value) {
    std::array<std::byte, 10> groups;
    std::size_t size = 0;
    while (value >= 0x80) {
      groups[size++] = static_cast<std::byte>(value | 0x80);
      value >>= 7;
    }
    groups[size++] = static_cast<std::byte>(value);
    put_bytes(std::span(groups).first(size));
  }

  void put_bytes(std::span<const std::byte> bytes) {
    out_->insert(out_->end(), bytes.begin(), bytes.end());
  }

 private:
  template <class T>
  void save(const boost::serialization::nvp<T>& named) {
    save(named.const_value());
  }

  void save(const std::string& text) {
    put_variable(text.size());
    put_bytes(std::as_bytes(std::span(text)));
  }

  void save(const bounded_text& bounded) { save(bounded.text); }
  void save(const bounded_bytes& bounded) { save(bounded.bytes); }

  void save(duration value) { put_variable(static_cast<std::uint64_t>(value.count())); }
  void save(instant value) {
    put_variable(static_cast<std::uint64_t>(value.time_since_epoch().count()));
  }

  template <class Tag>
  void save(strong_number<Tag> number) {
    put_variable(number.value);
  }

  template <class Tag>
  void save(const fixed_number<Tag>& fixed) {
    put_fixed(fixed.number.value, 8);
  }

  void save(const address& where) {
    put_fixed(where.is_v6 ? 1 : 0, 1);
    put_bytes(std::as_bytes(std::span(where.bytes)).first(where.is_v6 ? 16 : 4));
    put_fixed(where.port, 2);
  }

  template <class T>
  void save(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      put_fixed(static_cast<std::uint64_t>(value), 1);
    } else if constexpr (std::unsigned_integral<T>) {
      put_variable(value);
    } else if constexpr (std::signed_integral<T>) {
      // The sign last, so that small ones are short.
      put_variable(value < 0 ? 2 * ~static_cast<std::uint64_t>(value) + 1
                             : 2 * static_cast<std::uint64_t>(value));
    } else {
      // Boost's serialize() takes a reference to non-const, for both directions.
      boost::serialization::serialize_adl(*this, const_cast<T&>(value), 0);
    }
  }

  std::vector<std::byte>* out_;
};

// Reads from bytes that anybody may have sent.
class byte_reader {
 public:
  using is_saving = boost::mpl::false_;
  using is_loading = boost::mpl::true_;

  explicit byte_reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  byte_reader& operator&(T&& value) {
    load(value);
    return *this;
  }
  template <class T>
  byte_reader& operator>>(T&& value) {
    return *this & value;
  }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::span<const std::byte> rest() const { return rest_; }

  std::uint64_t take_fixed(unsigned bytes) {
    const auto taken = take_bytes(bytes);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      value |= std::to_integer<std::uint64_t>(taken[i]) << (8 * i);
    }
    return value;
  }

  std::uint64_t take_variable() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = take_fixed(1);
      if (shift == 63 && byte > 1) {
        break;
      }
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        return failed_ ? 0 : value;
      }
    }
    fail();
    return 0;
  }

  std::span<const std::byte> take_bytes(std::size_t count) {
    if (count > rest_.size()) {
      fail();
      return {};
    }
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  void fail() {
    failed_ = true;
    rest_ = {};
  }

 private:
  template <class T>
  void load(const boost::serialization::nvp<T>& named) {
    load(named.value());
  }

  void load_text(std::string& text, std::size_t size_max) {
    const std::uint64_t size = take_variable();
    if (size > size_max) {
      fail();
      return;
    }
    const auto bytes = take_bytes(size);
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  void load(std::string& text) { load_text(text, text_max); }
  void load(bounded_text& bounded) { load_text(bounded.text, bounded.size_max); }
  void load(bounded_bytes& bounded) { load_text(bounded.bytes, bounded.size_max); }

  // Durations and instants are 63 bits: more would be negative.
  std::int64_t take_count() {
    const std::uint64_t count = take_variable();
    if (count >> 63 != 0) {
      fail();
      return 0;
    }
    return static_cast<std::int64_t>(count);
  }

  void load(duration& value) { value = duration(take_count()); }
  void load(instant& value) { value = instant(duration(take_count())); }

  template <class Tag>
  void load(strong_number<Tag>& number) {
    number.value = take_variable();
  }

  template <class Tag>
  void load(fixed_number<Tag>& fixed) {
    fixed.number.value = take_fixed(8);
  }

  void load(address& where) {
    const std::uint64_t family = take_fixed(1);
    if (family > 1) {
      fail();
      return;
    }
    where.is_v6 = family == 1;
    const auto bytes = take_bytes(where.is_v6 ? 16 : 4);
    where.bytes = {};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      where.bytes[i] = std::to_integer<std::uint8_t>(bytes[i]);
    }
    where.port = static_cast<std::uint16_t>(take_fixed(2));
  }

  template <class T>
  void load(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      const std::uint64_t taken = take_fixed(1);
      value = taken == 1;
      if (taken > 1) {
        fail();
      }
    } else if constexpr (std::is_enum_v<T>) {
      static_assert(enumerators<T> > 0, "say how many values the enumeration has");
      const std::uint64_t taken = take_fixed(1);
      value = taken < enumerators<T> ? static_cast<T>(taken) : T{};
      if (taken >= enumerators<T>) {
        fail();
      }
    } else if constexpr (std::unsigned_integral<T>) {
      const std::uint64_t taken = take_variable();
      value = static_cast<T>(taken);
      if (value != taken) {
        fail();
      }
    } else if constexpr (std::signed_integral<T>) {
      const std::uint64_t taken = take_variable();
      const auto wide = static_cast<std::int64_t>(taken % 2 == 1 ? ~(taken / 2) : taken / 2);
      value = static_cast<T>(wide);
      if (value != wide) {
        fail();
      }
    } else {
      boost::serialization::serialize_adl(*this, value, 0);
    }
  }

  std::span<const std::byte> rest_;
  bool failed_ = false;
};

}  // namespace conclave::core
