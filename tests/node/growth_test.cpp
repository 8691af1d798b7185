// What costs the same however many take part.
#include "little_cluster.hpp"

#include <utility>
#include <variant>

namespace conclave::core {
namespace {

std::string waiter(std::size_t number) {
  return "w" + std::to_string(number);
}

class growing_cluster : public little_cluster {
 public:
  // One has the lock, and so many wait for it.
  explicit growing_cluster(std::size_t waiters) {
    start_three();
    for (std::size_t i = 0; i <= waiters; ++i) {
      start(waiter(i));
    }
    run_for(2s);
    for (std::size_t i = 0; i <= waiters; ++i) {
      lock(waiter(i), "a");
      settle();
    }
    passes = [this](flying& frame) { return look_at(frame), true; };
  }

  // It goes to the next one, and who had it asks anew. False when nobody got it.
  bool hand_over() {
    const auto [name, request] = holder_;
    holder_ = {};
    EXPECT_TRUE(unlock(name, request));
    settle();
    find_holder();
    lock(name, "a");
    settle();
    return !holder_.first.empty();
  }
  void find_holder() {
    for (auto& [name, one] : processes) {
      for (const granted& got : all<granted>(name)) {
        holder_ = {name, got.request};
      }
      one.happened.clear();
    }
  }
  [[nodiscard]] std::size_t messages() const { return messages_; }

 private:
  void look_at(const flying& frame) {
    received_frame read;
    std::vector<std::byte> bytes = frame.bytes;
    const std::uint64_t label = at("n1").links().settings().cluster;
    EXPECT_EQ(read_frame(bytes, label, sealer(), read), frame_error::none);
    for (message content; read.messages.next(content);) {
      const bool about_a_lock = std::visit(
          [](const auto& one) {
            return requires {
              one.lock;
            };
          },
          content);
      messages_ += about_a_lock ? 1U : 0U;
    }
  }

  std::pair<std::string, request_id> holder_;
  std::size_t messages_ = 0;
};

std::size_t messages_of_hand_overs(std::size_t waiters) {
  growing_cluster cluster(waiters);
  cluster.find_holder();
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(cluster.hand_over());
  }
  return cluster.messages();
}

// Protocol 5, "What it costs": one is woken, and nobody polls.
TEST(growth, messages_of_a_hand_over_do_not_grow_with_those_who_wait) {
  const std::size_t among_few = messages_of_hand_overs(3);
  EXPECT_GT(among_few, 0U);
  EXPECT_LE(messages_of_hand_overs(30), among_few);
}

}  // namespace
}  // namespace conclave::core
