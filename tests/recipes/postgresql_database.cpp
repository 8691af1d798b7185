// The recipes' database in a PostgreSQL server.
#include "database.hpp"
#include "postgresql_server.hpp"

#include <libpq-fe.h>

#include <string_view>

namespace conclave::recipes {

namespace {

struct closer {
  void operator()(PGconn* opened) const { PQfinish(opened); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using link = std::unique_ptr<PGconn, closer>;
using result_handle = std::unique_ptr<PGresult, closer>;

link open(const std::string& address) {
  link opened(PQconnectdb(address.c_str()));
  if (PQstatus(opened.get()) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(opened.get()));
  }
  return opened;
}

std::optional<std::string> text_of(const value& bound) {
  if (const auto* number = std::get_if<std::int64_t>(&bound)) {
    return std::to_string(*number);
  }
  const auto* text = std::get_if<std::string>(&bound);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

outcome execute(PGconn* opened, const std::string& statement, const std::vector<value>& values) {
  std::vector<std::optional<std::string>> texts;
  std::vector<const char*> bound;
  texts.reserve(values.size());
  for (const value& each : values) {
    texts.push_back(text_of(each));
    bound.push_back(texts.back() ? texts.back()->c_str() : nullptr);
  }
  const result_handle result(PQexecParams(opened, statement.c_str(), static_cast<int>(bound.size()),
                                          nullptr, bound.data(), nullptr, nullptr, 0));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    const std::string words = PQerrorMessage(opened);
    if (state != nullptr && std::string_view(state) == "40001") {  // serialization_failure
      throw must_begin_anew(words);
    }
    throw std::runtime_error(words);
  }
  outcome done;
  const std::string changed = PQcmdTuples(result.get());
  done.changed = changed.empty() ? 0 : std::stoll(changed);
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    const bool is_null = PQgetisnull(result.get(), row, 0) != 0;
    done.rows.push_back(is_null ? std::nullopt
                                : std::optional<std::string>(PQgetvalue(result.get(), row, 0)));
  }
  return done;
}

class postgresql_connection : public connection {
 public:
  explicit postgresql_connection(const std::string& address)
      : link_(open(address)), observer_(open(address)) {
    run("SET client_min_messages = warning");
  }

  outcome run(const std::string& statement, const std::vector<value>& values = {}) override {
    return execute(link_.get(), statement, values);
  }

  [[nodiscard]] bool waits() override {
    const std::int64_t process = PQbackendPID(link_.get());
    return !execute(observer_.get(), "SELECT 1 FROM pg_locks WHERE pid = $1 AND NOT granted",
                    {process})
                .rows.empty();
  }

 private:
  link link_;
  link observer_;
};

class postgresql_database : public database {
 public:
  explicit postgresql_database(const postgresql_server& server) : server_(server) {
    const auto opened = postgresql_database::connect();
    opened->run("DROP SCHEMA public CASCADE");
    opened->run("CREATE SCHEMA public");
    // The default, and the weakest there is: what is right at it is right.
    const outcome level = opened->run("SHOW transaction_isolation");
    if (level.rows.at(0) != "read committed") {
      throw std::runtime_error("the isolation level is not the default");
    }
  }

  [[nodiscard]] std::unique_ptr<connection> connect() override {
    return std::make_unique<postgresql_connection>(server_.address());
  }
  [[nodiscard]] std::string begin_with_snapshot() const override {
    return "BEGIN ISOLATION LEVEL REPEATABLE READ";
  }

 private:
  const postgresql_server& server_;
};

}  // namespace

std::unique_ptr<database> make_database() {
  static const postgresql_server server;
  return std::make_unique<postgresql_database>(server);
}

}  // namespace conclave::recipes
