// The voter core and the frame codec under Google Benchmark.
#include "core_speed.hpp"

#include "base/digest.hpp"
#include "lock/voter.hpp"
#include "wire/frame.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace conclave::bench {

namespace {

using namespace std::chrono_literals;

core::node_boot boot_of(const std::string& name) {
  return {.node = core::node_id_of(name), .boot = core::boot_id{1}};
}

// One voter that one candidate asks for 1,000 locks in turn: REQUEST, VOTE, RELEASE.
class voter_world {
 public:
  voter_world() {
    roster_.epoch = core::epoch{1};
    roster_.voters = {core::node_id_of("v")};
    roster_.lease_ttl_max = 10s;
    voter_.emplace(boot_of("v"), roster_, false, core::lamport_time{1}, 1'000'000);
    voter_->extend_session(candidate_, 10s, core::instant{}, core::instant{});
    for (int i = 0; i < 1'000; ++i) {
      names_.push_back("orders/" + std::to_string(100'000 + i));
    }
  }

  // Two messages in, one out.
  void acquire_and_release() {
    core::lock_step step{.now = core::instant{},
                         .lamport = lamport_,
                         .sends = sends_,
                         .events = events_,
                         .contacts = contacts_};
    core::request asked;
    asked.lock = names_[next_++ % names_.size()];
    asked.ticket = {
        .time = lamport_.tick(), .node = candidate_.node, .request = core::request_id{next_}};
    asked.min_ballot = core::ballot{asked.ticket.time.value};
    voter_->handle(candidate_, asked, step);
    const core::release done{
        .lock = asked.lock, .request = asked.ticket.request, .last_token = asked.min_ballot};
    voter_->handle(candidate_, done, step);
    benchmark::DoNotOptimize(sends_.data());
    sends_.clear();
  }

 private:
  core::node_boot candidate_ = boot_of("c");
  core::voter_roster roster_;
  std::optional<core::voter> voter_;
  core::lamport_clock lamport_{1, core::instant{}, 1h};
  std::vector<core::addressed> sends_;
  std::vector<core::lock_event> events_;
  std::vector<core::node_id> contacts_;
  std::vector<std::string> names_;
  std::uint64_t next_ = 0;
};

void voter_messages(benchmark::State& state) {
  voter_world world;
  for (auto _ : state) {
    world.acquire_and_release();
  }
  state.SetItemsProcessed(state.iterations() * 2);
}
BENCHMARK(voter_messages);

void frame_round_trips(benchmark::State& state) {
  const core::sealer seal;
  core::frame_header header;
  header.sender = boot_of("c");
  header.receiver_boot = core::boot_id{1};
  header.anchor = core::instant(1h);
  header.echo = core::instant(2h);
  const core::message content = core::vote{.lock = "orders/100000",
                                           .request = core::request_id{7},
                                           .ballot = core::ballot{1'700'000'000'000'000'000},
                                           .generation = core::generation{3}};
  std::vector<std::byte> bytes;
  for (auto _ : state) {
    bytes.clear();
    header.sequence = header.sequence.next();
    core::frame_builder frame(bytes, header, seal);
    frame.add(content);
    frame.finish();
    core::received_frame received;
    core::message got;
    if (core::read_frame(bytes, 0, seal, received) != core::frame_error::none ||
        !received.messages.next(got)) {
      state.SkipWithError("a frame was not read back");
      break;
    }
    benchmark::DoNotOptimize(got);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(frame_round_trips);

// Keeps the rates; prints nothing, the summary does.
class collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      rates[run.benchmark_name()] = run.counters.at("items_per_second");
    }
  }

  std::map<std::string, double> rates;
};

}  // namespace

void measure_core(summary& to) {
  collector results;
  benchmark::RunSpecifiedBenchmarks(&results);
  to.add("voter_messages_per_second", results.rates.at("voter_messages"), "1/s");
  to.add("frame_round_trips_per_second", results.rates.at("frame_round_trips"), "1/s");
}

}  // namespace conclave::bench
