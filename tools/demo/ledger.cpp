// SQL of the demo's resource.
#include "tools/demo/ledger.hpp"

#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

namespace conclave::tools::demo {

namespace {

constexpr int busy_timeout_ms = 10'000;

// The files are thrown away after a crash of the machine: there is no need to sync them.
constexpr const char* settings_sql = "PRAGMA synchronous = OFF;";

constexpr const char* schema_sql = R"(
  PRAGMA journal_mode = WAL;
  CREATE TABLE counter (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    value      INTEGER NOT NULL,
    value_read INTEGER NOT NULL,
    token      INTEGER NOT NULL,
    writer     TEXT NOT NULL);
  CREATE TABLE journal (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    value      INTEGER NOT NULL,
    value_read INTEGER NOT NULL,
    value_old  INTEGER NOT NULL,
    token      INTEGER NOT NULL UNIQUE,
    writer     TEXT NOT NULL);
  CREATE TRIGGER note AFTER UPDATE OF value ON counter BEGIN
    INSERT INTO journal (value, value_read, value_old, token, writer)
    VALUES (new.value, new.value_read, old.value, new.token, new.writer);
  END;
  INSERT INTO counter VALUES (1, 0, 0, 0, '');
)";

// The whole of what a resource must do for fencing. Who reads shows its token: from then on no
// write of an older holder comes between this read and the write that rests on it.
constexpr const char* read_sql = "UPDATE counter SET token = ?1 WHERE token <= ?1 RETURNING value";
constexpr const char* write_sql =
    "UPDATE counter SET value = ?1, value_read = ?2, token = ?3, writer = ?4 WHERE token <= ?3";

struct finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using statement = std::unique_ptr<sqlite3_stmt, finalizer>;

failure refusal(sqlite3* database) {
  return {exit_unavailable, fmt::format("the counter's file: {}", sqlite3_errmsg(database))};
}

statement prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(database, sql, -1, &prepared, nullptr) != SQLITE_OK) {
    throw refusal(database);
  }
  return statement(prepared);
}

}  // namespace

void ledger::closer::operator()(sqlite3* database) const {
  sqlite3_close(database);
}

ledger::ledger(const std::string& path) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open(path.c_str(), &opened);
  database_.reset(opened);
  if (result != SQLITE_OK) {
    throw refusal(opened);
  }
  sqlite3_busy_timeout(opened, busy_timeout_ms);
  execute(settings_sql);
}

ledger ledger::create(const std::string& path) {
  ledger made(path);
  made.execute(schema_sql);
  return made;
}

ledger ledger::open(const std::string& path) {
  return ledger(path);
}

void ledger::execute(const char* statements) {
  if (sqlite3_exec(database_.get(), statements, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw refusal(database_.get());
  }
}

std::int64_t ledger::ask(const char* question) {
  const statement asked = prepare(database_.get(), question);
  if (sqlite3_step(asked.get()) != SQLITE_ROW) {
    throw refusal(database_.get());
  }
  return sqlite3_column_int64(asked.get(), 0);
}

std::optional<std::int64_t> ledger::read_counter(std::uint64_t token) {
  const statement read = prepare(database_.get(), read_sql);
  sqlite3_bind_int64(read.get(), 1, static_cast<std::int64_t>(token));
  const int result = sqlite3_step(read.get());
  if (result == SQLITE_DONE) {
    return std::nullopt;
  }
  if (result != SQLITE_ROW) {
    throw refusal(database_.get());
  }
  const std::int64_t value = sqlite3_column_int64(read.get(), 0);
  if (sqlite3_step(read.get()) != SQLITE_DONE) {
    throw refusal(database_.get());
  }
  return value;
}

bool ledger::write_counter(std::int64_t value, std::int64_t value_read, std::uint64_t token,
                           const std::string& writer) {
  const statement write = prepare(database_.get(), write_sql);
  sqlite3_bind_int64(write.get(), 1, value);
  sqlite3_bind_int64(write.get(), 2, value_read);
  sqlite3_bind_int64(write.get(), 3, static_cast<std::int64_t>(token));
  sqlite3_bind_text(write.get(), 4, writer.c_str(), -1, SQLITE_TRANSIENT);
  if (sqlite3_step(write.get()) != SQLITE_DONE) {
    throw refusal(database_.get());
  }
  return sqlite3_changes(database_.get()) == 1;
}

ledger::audit_result ledger::audit() {
  audit_result found;
  found.increments = ask("SELECT COUNT(*) FROM journal");
  found.counter = ask("SELECT value FROM counter");
  // Two ways to see the same: by what each write had read, and by what is left in the end.
  found.lost_updates = std::max(ask("SELECT COUNT(*) FROM journal WHERE value_read <> value_old"),
                                found.increments - found.counter);
  return found;
}

}  // namespace conclave::tools::demo
