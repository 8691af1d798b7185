// The membership of the core as one process of a swarm.
#pragma once

#include "base/random.hpp"
#include "membership/membership.hpp"
#include "sim/experiment/process.hpp"
#include "wire/frame.hpp"

#include <memory>
#include <vector>

namespace conclave::sim {

struct conclave_start {
  member_index self = 0;
  member_index through = 0;  // itself: it is the first
  core::boot_id boot;
  membership_config config;
  std::shared_ptr<core::member_records> records;
};

class conclave_process final : public process {
 public:
  conclave_process(const conclave_start& start, instant now, core::random_source random);

  void join(instant now, process_output& out) override;
  void tick(instant now, process_output& out) override;
  void arrive(member_index from, const parcel& came, instant now, process_output& out) override;
  [[nodiscard]] instant next_deadline() const override { return machine_.next_deadline(); }
  void introduce(parcel& to) const override;
  [[nodiscard]] std::size_t live() const override { return machine_.table().live(); }
  [[nodiscard]] std::uint64_t live_digest() const override {
    return machine_.table().live_digest();
  }

 private:
  void give_out(instant now, process_output& out);
  void send(member_index to, std::vector<core::message> messages, instant now, process_output& out);
  [[nodiscard]] std::uint64_t bytes_of(std::vector<core::message>& messages, instant now);

  core::node_boot self_;
  core::membership machine_;
  core::membership_output said_;
  core::sealer seal_;
  std::vector<std::byte> frame_;
};

}  // namespace conclave::sim
