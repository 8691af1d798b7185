// A job is run by one instance. When that one breaks down over it, the next one runs it.
#include <conclave/conclave.hpp>

#include <atomic>
#include <iostream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

// Where the reports go: it runs in a process of its own, and a gate guards it from late comers.
class archive {
 public:
  // Whether the report is missing. False for late comers, who are to leave it alone too.
  bool wants_report(conclave::fencing_token token) {
    bool wanted = false;
    return gate_.admit_and(token, [&] { wanted = report_.empty(); }) && wanted;
  }

  void put(const std::string& report, conclave::fencing_token token) {
    const bool admitted = gate_.admit_and(token, [&] {
      report_ = report;
      ++written_;
    });
    if (!admitted) {
      throw std::runtime_error("somebody else holds the lock by now");
    }
  }

  [[nodiscard]] int written() const { return written_; }  // when nobody writes any more

 private:
  conclave::token_gate gate_;
  std::string report_;
  int written_ = 0;
};

conclave::config instance(const std::string& name, std::vector<std::string> seeds) {
  conclave::config settings;
  settings.name = name;
  settings.bind = "127.0.0.1:0";
  settings.seeds = std::move(seeds);
  settings.voters = {"reports-1", "reports-2", "reports-3"};
  settings.new_cluster = true;  // only the first time that this cluster ever starts
  return settings;
}

// It is midnight, and every instance comes here.
void run_nightly_report(conclave::node& node, archive& reports, std::atomic<int>& begun) {
  conclave::mutex job(node, "jobs/nightly-report");
  const std::scoped_lock guard(job);
  if (!reports.wants_report(job.token())) {
    return;
  }
  if (++begun == 1) {
    throw std::runtime_error("the first one breaks down");
  }
  reports.put("all is well", job.token());
}

}  // namespace

int main() {
  std::vector<std::unique_ptr<conclave::node>> nodes;
  for (const std::string name : {"reports-1", "reports-2", "reports-3"}) {
    const auto seeds =
        nodes.empty() ? std::vector<std::string>{} : std::vector{nodes.front()->local_address()};
    nodes.push_back(std::make_unique<conclave::node>(instance(name, seeds)));
    nodes.back()->join();
  }

  archive reports;
  std::atomic<int> begun = 0;
  std::atomic<int> broken = 0;
  std::vector<std::jthread> workers;
  for (const auto& node : nodes) {
    workers.emplace_back([&] {
      try {
        run_nightly_report(*node, reports, begun);
      } catch (const std::runtime_error&) {
        ++broken;
      }
    });
  }
  workers.clear();  // joins
  std::cout << "3 instances came, " << begun << " began, " << broken
            << " broke down: " << reports.written() << " report\n";
  return reports.written() == 1 ? 0 : 1;
}
