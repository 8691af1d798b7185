// All instances hear of a change; one of them empties the shared cache, once for each change.
#include <conclave/conclave.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;

constexpr int instances = 3;
constexpr int changes = 5;

// The shared cache. One thread alone asks the gate and writes, so admit() is check enough.
class price_cache {
 public:
  // Nothing happens when it was emptied for this version before, or by somebody newer.
  void empty(int version, conclave::fencing_token token) {
    if (!gate_.admit(token) || version <= version_) {
      return;
    }
    version_ = version;
    ++emptied_;
  }
  [[nodiscard]] int emptied() const { return emptied_; }

 private:
  conclave::token_gate gate_;
  int version_ = 0;
  int emptied_ = 0;
};

conclave::config instance(const std::string& name, std::vector<std::string> seeds) {
  conclave::config settings;
  settings.name = name;
  settings.bind = "127.0.0.1:0";
  settings.seeds = std::move(seeds);
  settings.voters = {"prices-1", "prices-2", "prices-3"};
  settings.new_cluster = true;  // only the first time that this cluster ever starts
  return settings;
}

asio::awaitable<void> hear_of_changes(conclave::node& node, price_cache& cache, int& heard) {
  co_await node.async_join(asio::use_awaitable);
  conclave::mutex emptying(node, "caches/prices");
  for (int version = 1; version <= changes; ++version) {
    ++heard;
    const conclave::grant held = co_await emptying.async_lock(asio::use_awaitable);
    cache.empty(version, held.token());
  }
}

}  // namespace

int main() {
  asio::io_context context;
  price_cache cache;
  int heard = 0;
  int done = 0;
  std::vector<std::unique_ptr<conclave::node>> nodes;
  for (int i = 1; i <= instances; ++i) {
    const auto seeds =
        nodes.empty() ? std::vector<std::string>{} : std::vector{nodes.front()->local_address()};
    nodes.push_back(
        std::make_unique<conclave::node>(context, instance("prices-" + std::to_string(i), seeds)));
    asio::co_spawn(context, hear_of_changes(*nodes.back(), cache, heard),
                   [&](const std::exception_ptr&) {
                     if (++done == instances) {
                       context.stop();
                     }
                   });
  }
  context.run();
  std::cout << "changes were heard of " << heard << " times, and the cache was emptied "
            << cache.emptied() << " times\n";
  return cache.emptied() == changes ? 0 : 1;
}
