// Starting voters one after the other.
#include "voters.hpp"

#include <stdexcept>

namespace conclave::tools {

voters::voters(const std::string& lease_ttl_max) : lease_ttl_max_(lease_ttl_max) {
  for (const std::string name : {"a", "b", "c"}) {
    arguments options{"node",        "--name",       name,    "--bind",
                      "127.0.0.1:0", "--voters",     "a,b,c", "--lease-ttl-max",
                      lease_ttl_max, "--new-cluster"};
    if (!seed_.empty()) {
      options.insert(options.end(), {"--seed", seed_});
    }
    nodes_.push_back(std::make_unique<program>(options));
    const std::string greeting = "listening ";
    if (!nodes_.back()->says("\n")) {
      throw std::runtime_error("a voter does not start: " + nodes_.back()->err());
    }
    if (seed_.empty()) {
      const std::string line = nodes_.back()->out();
      seed_ = line.substr(greeting.size(), line.find('\n') - greeting.size());
    }
  }
  const std::vector<std::vector<std::string>> others{{"b", "c"}, {"a", "c"}, {"a", "b"}};
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (const std::string& other : others[i]) {
      if (!nodes_[i]->says("joined " + other + " ")) {
        throw std::runtime_error("the voters do not see each other");
      }
    }
  }
}

arguments voters::run(const std::string& lock, const arguments& options,
                      const arguments& command) const {
  arguments line{"run",   "--lock",          lock,          "--seed", seed_, "--voters",
                 "a,b,c", "--lease-ttl-max", lease_ttl_max_};
  line.insert(line.end(), options.begin(), options.end());
  line.emplace_back("--");
  line.insert(line.end(), command.begin(), command.end());
  return line;
}

}  // namespace conclave::tools
