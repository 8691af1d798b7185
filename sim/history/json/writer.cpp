// One JSON object for each operation.
#include "sim/history/json/writer.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace conclave::histories {

namespace {

std::string_view word_for(operation_kind kind) {
  switch (kind) {
    case operation_kind::acquire:
      return "acquire";
    case operation_kind::release:
      return "release";
    case operation_kind::renew:
      return "renew";
    case operation_kind::lost:
      return "lost";
    case operation_kind::crash:
      return "crash";
    case operation_kind::write:
      return "write";
  }
  return "?";
}

std::string_view word_for(lock_mode mode) {
  switch (mode) {
    case lock_mode::exclusive:
      return "exclusive";
    case lock_mode::shared:
      return "shared";
    case lock_mode::permit:
      return "permit";
  }
  return "?";
}

std::string_view word_for(outcome result) {
  switch (result) {
    case outcome::ok:
      return "ok";
    case outcome::fail:
      return "fail";
    case outcome::unknown:
      return "unknown";
  }
  return "?";
}

}  // namespace

std::string to_json_line(const operation& one, const history& names) {
  nlohmann::ordered_json line;
  line["process"] = names.name_of(one.process);
  line["op"] = word_for(one.kind);
  if (one.lock != no_lock) {
    line["lock"] = names.name_of(one.lock);
  }
  if (one.kind == operation_kind::acquire && one.mode != lock_mode::exclusive) {
    line["mode"] = word_for(one.mode);
  }
  if (one.mode == lock_mode::permit && one.kind == operation_kind::acquire) {
    line["permits"] = one.permits;
  }
  if (one.count != 1) {
    line["count"] = one.count;
  }
  if (one.slot != no_slot) {
    line["slot"] = one.slot;
  }
  if (one.token) {
    line["token"] = one.token.value();
  }
  line["call"] = one.called.time_since_epoch().count();
  if (one.returned != never) {
    line["return"] = one.returned.time_since_epoch().count();
  }
  if (one.valid_until != never) {
    line["valid_until"] = one.valid_until.time_since_epoch().count();
  }
  line["result"] = word_for(one.result);
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace conclave::histories
