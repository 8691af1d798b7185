// Members that are processes of their own: they start together, one is killed, some stand still.
#include "bench/member_processes.hpp"
#include "cluster.hpp"

#include <cstddef>

namespace conclave::test {

namespace {

using bench::member_processes;

// Under the address sanitizer, too: they sleep nearly all the time.
constexpr std::size_t count = 60;
constexpr std::size_t stopped = 10;

TEST(processes, that_start_together_see_all_and_only_who_is_killed_is_gone) {
  member_processes members(count);
  ASSERT_TRUE(eventually([&] { return members.all_see_all(); }));
  members.kill(count / 2);
  ASSERT_TRUE(eventually([&] { return members.is_gone_for_all(count / 2); }));
  EXPECT_TRUE(eventually([&] { return members.all_see_all(); }));
  EXPECT_EQ(members.wrong_deaths(), 0);
}

// They stand still until all others have declared them dead, and find out when they go on. Whom
// they then accused for their own silence would be dead by the time that a crash is known to all.
TEST(processes, that_stood_still_are_seen_again_and_declare_nobody_dead) {
  member_processes members(count);
  ASSERT_TRUE(eventually([&] { return members.all_see_all(); }));
  for (std::size_t i = 1; i <= stopped; ++i) {
    members.stop(i);
  }
  for (std::size_t i = 1; i <= stopped; ++i) {
    ASSERT_TRUE(eventually([&] { return members.is_gone_for_all(i); }));
  }
  for (std::size_t i = 1; i <= stopped; ++i) {
    members.go_on(i);
  }
  ASSERT_TRUE(eventually([&] { return members.all_see_all(); }));
  members.kill(count - 1);
  ASSERT_TRUE(eventually([&] { return members.is_gone_for_all(count - 1); }));
  EXPECT_TRUE(eventually([&] { return members.all_see_all(); }));
  EXPECT_EQ(members.wrong_deaths(), 0);
}

}  // namespace

}  // namespace conclave::test
