// Interned records of members.
#include "membership/member_records.hpp"

#include "base/check.hpp"
#include "base/digest.hpp"

#include <memory>
#include <utility>

namespace conclave::core {

namespace {

std::uint64_t hash_of(const member_facts& facts) {
  digest content;
  content.add(facts.name);
  content.add(hash_value(facts.where));
  content.add(facts.boot.value);
  content.add(facts.metadata);
  return content.value();
}

}  // namespace

record_ref::record_ref(member_record* record) : record_(record) {
  ++record_->uses;
}

record_ref::record_ref(const record_ref& other) : record_(other.record_) {
  if (record_ != nullptr) {
    ++record_->uses;
  }
}

record_ref::record_ref(record_ref&& other) noexcept
    : record_(std::exchange(other.record_, nullptr)) {}

record_ref& record_ref::operator=(record_ref other) noexcept {
  std::swap(record_, other.record_);
  return *this;
}

record_ref::~record_ref() {
  if (record_ != nullptr && --record_->uses == 0) {
    record_->store->drop(record_);
  }
}

member_records::~member_records() {
  check(count_ == 0, "the store of records outlives its references", std::int64_t(count_));
}

record_ref member_records::intern(member_facts facts) {
  const std::uint64_t content_hash = hash_of(facts);
  const auto found = by_content_.find(content_hash);
  if (found != by_content_.end() && found->second->facts == facts) {
    return record_ref(found->second);
  }
  const node_id id = node_id_of(facts.name);
  auto record = std::make_unique<member_record>(member_record{
      .facts = std::move(facts), .id = id, .content_hash = content_hash, .store = this});
  // Two records of equal hash: the second is kept too, but not found by others.
  by_content_.try_emplace(content_hash, record.get());
  ++count_;
  return record_ref(record.release());
}

void member_records::drop(member_record* record) {
  const std::unique_ptr<member_record> owned(record);
  const auto found = by_content_.find(record->content_hash);
  if (found != by_content_.end() && found->second == record) {
    by_content_.erase(found);
  }
  --count_;
}

}  // namespace conclave::core
