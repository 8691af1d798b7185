// What the tests of the recipes share: two connections, and transactions that meet.
#pragma once

#include "database.hpp"
#include "recipe_files.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace conclave::recipes {

// What one transaction does; gives the number that the test wants to know.
using work = std::function<std::int64_t(connection&)>;

struct met {
  std::int64_t first = 0;
  std::int64_t second = 0;
};

class recipes_test : public ::testing::Test {
 protected:
  recipes_test() {
    for (const std::string& statement : statements_of(recipe("schema"))) {
      a_->run(statement);
    }
  }

  // One statement in a transaction of its own.
  static work does(std::string statement, std::vector<value> values) {
    return [statement = std::move(statement), values = std::move(values)](connection& with) {
      return with.run(statement, values).changed;
    };
  }

  std::int64_t run(const work& done) { return done(*a_); }

  // The second comes while the first is not over, has to wait for it, and goes on when it is over.
  met side_by_side(const work& first, const work& second, const std::string& end = "COMMIT") {
    met numbers;
    a_->run("BEGIN");
    numbers.first = first(*a_);
    std::future<std::int64_t> waiting = std::async(std::launch::async, [&] {
      b_->run("BEGIN");
      const std::int64_t number = second(*b_);
      b_->run("COMMIT");
      return number;
    });
    bool waited = false;
    while (!waited && waiting.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      waited = b_->waits();
      std::this_thread::yield();
    }
    EXPECT_TRUE(waited) << "the second went on beside the first";
    a_->run(end);
    numbers.second = waiting.get();
    return numbers;
  }

  std::string ask(const std::string& question) {
    const outcome answer = a_->run(question);
    return answer.rows.empty() ? "no row" : answer.rows.front().value_or("null");
  }

  std::unique_ptr<database> database_ = make_database();
  std::unique_ptr<connection> a_ = database_->connect();
  std::unique_ptr<connection> b_ = database_->connect();
};

}  // namespace conclave::recipes
