// One world after the other.
#include <conclave/sim/explore.hpp>

#include <cstdlib>
#include <stdexcept>

namespace conclave::sim {

namespace {

constexpr const char* seed_variable = "CONCLAVE_SIM_SEED";

struct outcome {
  std::uint64_t digest = 0;
  std::optional<broken_run> broken;
};

broken_run with_replay(std::uint64_t seed, const std::string& text) {
  return {seed, text + "\n  to run this seed alone: " + seed_variable + "=" + std::to_string(seed) +
                    " before the command of the test"};
}

bool has_failed(const explore_options& how) {
  return how.failed && how.failed();
}

outcome run_one(const explore_options& how, std::uint64_t seed,
                const std::function<void(world&)>& test) {
  outcome result;
  const bool failed_before = has_failed(how);
  world around(seed);
  try {
    test(around);
    around.throw_if_failed();
    around.require(failed_before || !has_failed(how), "the test has failed");
  } catch (const broken_run& broken) {
    result.broken = with_replay(seed, broken.what());
  } catch (const std::exception& error) {
    result.broken = with_replay(seed, error.what());
  }
  result.digest = around.digest();
  return result;
}

}  // namespace

std::optional<broken_run> find_broken_run(const explore_options& how,
                                          const std::function<void(world&)>& test) {
  for (std::uint64_t seed = how.first_seed; seed - how.first_seed < how.seeds; ++seed) {
    outcome first = run_one(how, seed, test);
    if (first.broken) {
      return first.broken;
    }
    if (!how.twice) {
      continue;
    }
    const outcome second = run_one(how, seed, test);
    if (second.digest != first.digest || second.broken) {
      return with_replay(seed, "two runs of this seed differ: something is not decided by it");
    }
  }
  return std::nullopt;
}

void explore_all(explore_options how, const std::function<void(world&)>& test) {
  if (const char* only = std::getenv(seed_variable); only != nullptr && *only != '\0') {
    char* end = nullptr;
    how.first_seed = std::strtoull(only, &end, 10);
    how.seeds = 1;
    if (*end != '\0') {
      throw std::invalid_argument(std::string(seed_variable) + " is \"" + only +
                                  "\"; write a number");
    }
  }
  if (const std::optional<broken_run> broken = find_broken_run(how, test)) {
    throw *broken;
  }
}

}  // namespace conclave::sim
