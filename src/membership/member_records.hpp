// What all nodes believe alike about a member, kept once however many tables name it.
#pragma once

#include "base/address.hpp"
#include "base/ids.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace conclave::core {

// A member's word about itself.
struct member_facts {
  std::string name;
  address where;
  boot_id boot;
  std::string metadata;

  friend bool operator==(const member_facts&, const member_facts&) = default;
};

class member_records;

struct member_record {
  member_facts facts;
  node_id id;
  std::uint64_t content_hash = 0;
  std::size_t uses = 0;
  member_records* store = nullptr;
};

// A counted reference to one record: eight bytes, which is why it is not a std::shared_ptr. Not to
// be shared between threads.
class record_ref {
 public:
  record_ref() = default;
  record_ref(const record_ref& other);
  record_ref(record_ref&& other) noexcept;
  record_ref& operator=(record_ref other) noexcept;
  ~record_ref();

  [[nodiscard]] const member_facts* operator->() const { return &record_->facts; }
  [[nodiscard]] const member_facts& operator*() const { return record_->facts; }
  [[nodiscard]] node_id id() const { return record_->id; }
  [[nodiscard]] explicit operator bool() const { return record_ != nullptr; }

 private:
  friend class member_records;
  explicit record_ref(member_record* record);

  member_record* record_ = nullptr;
};

// The store. One real node has one of its own; all simulated nodes of one process may share one,
// so that ten thousand tables of ten thousand members hold ten thousand records. It must outlive
// its references. Whether two tables share a record can't be seen from outside.
class member_records {
 public:
  member_records() = default;
  member_records(const member_records&) = delete;
  member_records& operator=(const member_records&) = delete;
  ~member_records();

  [[nodiscard]] record_ref intern(member_facts facts);
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  friend class record_ref;
  void drop(member_record* record);

  boost::unordered_flat_map<std::uint64_t, member_record*> by_content_;  // never iterated
  std::size_t count_ = 0;
};

}  // namespace conclave::core
