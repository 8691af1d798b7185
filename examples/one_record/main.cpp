// A record in a database is updated by one instance at a time, and late writes are refused there.
#include <conclave/conclave.hpp>

#include <sqlite3.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

// One connection to the database. The record knows the greatest token that it was shown.
class stock {
 public:
  explicit stock(const std::string& path) {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open(path.c_str(), &opened);
    database_.reset(opened);
    check(result);
    sqlite3_busy_timeout(opened, 10'000);
    run("CREATE TABLE IF NOT EXISTS stock (item TEXT PRIMARY KEY, count INTEGER, token INTEGER)");
    run("INSERT OR IGNORE INTO stock VALUES ('apples', 0, 0)");
  }

  // Shows the token, so that nobody older writes after this read. Nothing when refused.
  std::optional<std::int64_t> read(conclave::fencing_token token) {
    return run("UPDATE stock SET token = ?1 WHERE item = 'apples' AND token <= ?1 RETURNING count",
               token);
  }

  // False when refused.
  bool write(std::int64_t count, conclave::fencing_token token) {
    run("UPDATE stock SET count = ?2, token = ?1 WHERE item = 'apples' AND token <= ?1", token,
        count);
    return sqlite3_changes(database_.get()) == 1;
  }

 private:
  struct closer {
    void operator()(sqlite3* opened) const { sqlite3_close(opened); }
    void operator()(sqlite3_stmt* prepared) const { sqlite3_finalize(prepared); }
  };

  void check(int result) const {
    if (result != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(database_.get()));
    }
  }

  // The number in the first row, if there is one.
  std::optional<std::int64_t> run(const char* sql, conclave::fencing_token token = {},
                                  std::int64_t count = 0) {
    sqlite3_stmt* prepared = nullptr;
    check(sqlite3_prepare_v2(database_.get(), sql, -1, &prepared, nullptr));
    const std::unique_ptr<sqlite3_stmt, closer> statement(prepared);
    sqlite3_bind_int64(prepared, 1, static_cast<std::int64_t>(token.value()));
    sqlite3_bind_int64(prepared, 2, count);
    std::optional<std::int64_t> number;
    int result = sqlite3_step(prepared);
    for (; result == SQLITE_ROW; result = sqlite3_step(prepared)) {
      number = sqlite3_column_int64(prepared, 0);
    }
    check(result == SQLITE_DONE ? SQLITE_OK : result);
    return number;
  }

  std::unique_ptr<sqlite3, closer> database_;
};

conclave::config instance(const std::string& name, std::vector<std::string> seeds) {
  conclave::config settings;
  settings.name = name;
  settings.bind = "127.0.0.1:0";
  settings.seeds = std::move(seeds);
  settings.voters = {"shop-1", "shop-2", "shop-3"};
  settings.new_cluster = true;  // only the first time that this cluster ever starts
  return settings;
}

// Ten deliveries of one apple each. Gives the token of the first.
conclave::fencing_token take_deliveries(conclave::node& node, const std::string& path) {
  conclave::mutex apples(node, "stock/apples");
  stock shelf(path);
  conclave::fencing_token first;
  for (int i = 0; i < 10; ++i) {
    const std::scoped_lock guard(apples);
    const std::optional<std::int64_t> count = shelf.read(apples.token());
    if (count) {
      shelf.write(*count + 1, apples.token());
    }
    first = i == 0 ? apples.token() : first;
  }
  return first;
}

}  // namespace

int main() {
  std::string folder = (std::filesystem::temp_directory_path() / "one-record-").string();
  folder.append(6, 'X');  // mkdtemp() puts a name there
  if (mkdtemp(folder.data()) == nullptr) {
    return 1;
  }
  const std::string path = folder + "/stock";
  stock shelf(path);
  std::vector<std::unique_ptr<conclave::node>> nodes;
  for (const std::string name : {"shop-1", "shop-2", "shop-3"}) {
    const auto seeds =
        nodes.empty() ? std::vector<std::string>{} : std::vector{nodes.front()->local_address()};
    nodes.push_back(std::make_unique<conclave::node>(instance(name, seeds)));
    nodes.back()->join();
  }

  conclave::fencing_token early;
  std::vector<std::jthread> workers;
  for (const auto& node : nodes) {
    workers.emplace_back([&] {
      const conclave::fencing_token first = take_deliveries(*node, path);
      if (node == nodes.front()) {
        early = first;
      }
    });
  }
  workers.clear();  // joins

  // As of a process that stood still since its first turn, and does not know how late it is.
  const bool refused = !shelf.write(1, early);
  conclave::mutex apples(*nodes.front(), "stock/apples");
  const std::scoped_lock guard(apples);
  const std::int64_t count = shelf.read(apples.token()).value_or(-1);
  std::cout << count << " apples of 30, and a late write was "
            << (refused ? "refused\n" : "accepted\n");
  std::filesystem::remove_all(folder);
  return count == 30 && refused ? 0 : 1;
}
