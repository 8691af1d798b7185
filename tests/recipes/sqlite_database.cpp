// The recipes' database as an SQLite file.
#include "database.hpp"
#include "tools/temporary_folder.hpp"

#include <sqlite3.h>

#include <atomic>
#include <thread>

namespace conclave::recipes {

namespace {

struct closer {
  void operator()(sqlite3* opened) const { sqlite3_close(opened); }
};
struct finalizer {
  void operator()(sqlite3_stmt* prepared) const { sqlite3_finalize(prepared); }
};
using statement_handle = std::unique_ptr<sqlite3_stmt, finalizer>;

class sqlite_connection : public connection {
 public:
  explicit sqlite_connection(const std::string& path) {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open(path.c_str(), &opened);
    database_.reset(opened);
    check(result);
    sqlite3_busy_handler(opened, &sqlite_connection::wait, this);
    run("PRAGMA journal_mode = WAL");
  }

  outcome run(const std::string& statement, const std::vector<value>& values = {}) override {
    sqlite3_stmt* prepared = nullptr;
    check(sqlite3_prepare_v2(database_.get(), statement.c_str(), -1, &prepared, nullptr));
    const statement_handle owned(prepared);
    for (std::size_t i = 0; i < values.size(); ++i) {
      bind(prepared, "$" + std::to_string(i + 1), values[i]);
    }
    outcome done;
    int result = sqlite3_step(prepared);
    for (; result == SQLITE_ROW; result = sqlite3_step(prepared)) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(prepared, 0));
      done.rows.push_back(text == nullptr ? std::nullopt : std::optional<std::string>(text));
    }
    waits_ = false;
    check(result);
    done.changed = sqlite3_stmt_readonly(prepared) != 0 ? std::ssize(done.rows)
                                                        : sqlite3_changes64(database_.get());
    return done;
  }

  [[nodiscard]] bool waits() override { return waits_; }

 private:
  static int wait(void* self, int /*times*/) {
    static_cast<sqlite_connection*>(self)->waits_ = true;
    std::this_thread::yield();
    return 1;  // goes on trying
  }

  void check(int result) const {
    if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE) {
      return;
    }
    const std::string words = sqlite3_errmsg(database_.get());
    if (sqlite3_extended_errcode(database_.get()) == SQLITE_BUSY_SNAPSHOT) {
      throw must_begin_anew(words);
    }
    throw std::runtime_error(words);
  }

  void bind(sqlite3_stmt* prepared, const std::string& name, const value& bound) const {
    const int index = sqlite3_bind_parameter_index(prepared, name.c_str());
    if (index == 0) {
      throw std::runtime_error("the statement has no " + name);
    }
    if (const auto* number = std::get_if<std::int64_t>(&bound)) {
      check(sqlite3_bind_int64(prepared, index, *number));
    } else if (const auto* text = std::get_if<std::string>(&bound)) {
      check(sqlite3_bind_text(prepared, index, text->c_str(), -1, SQLITE_TRANSIENT));
    }
  }

  std::unique_ptr<sqlite3, closer> database_;
  std::atomic<bool> waits_ = false;
};

class sqlite_database : public database {
 public:
  [[nodiscard]] std::unique_ptr<connection> connect() override {
    return std::make_unique<sqlite_connection>(folder_.path() + "/recipes");
  }
  [[nodiscard]] std::string begin_with_snapshot() const override { return "BEGIN"; }

 private:
  tools::temporary_folder folder_{"conclave-recipes"};
};

}  // namespace

std::unique_ptr<database> make_database() {
  return std::make_unique<sqlite_database>();
}

}  // namespace conclave::recipes
