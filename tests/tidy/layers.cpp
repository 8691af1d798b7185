// The table of layers.
#include "layers.hpp"

#include <algorithm>
#include <string>

namespace conclave::tidy {

namespace {

using names = std::vector<std::string_view>;

// Public headers that are themselves pure, so that node may speak of the same things as users.
const names pure_public{"conclave/config.hpp", "conclave/error.hpp", "conclave/fencing_token.hpp",
                        "conclave/member.hpp", "conclave/roster.hpp"};
const names member_only{"conclave/member.hpp"};
const names member_words{"conclave/config.hpp", "conclave/member.hpp"};
const names lock_words{"conclave/error.hpp", "conclave/fencing_token.hpp"};
const names all_public{"conclave/"};

const names pure_boost{"boost/container/",     "boost/container_hash/", "boost/mpl/",
                       "boost/serialization/", "boost/system/",         "boost/unordered/"};
const names wire_parties{"boost/mpl/", "boost/serialization/", "sodium.h"};
const names boost_only{"boost/"};
const names any{"*"};

const names up_to_wire{"base", "wire"};
const names up_to_link{"base", "wire", "link"};
const names up_to_node{"base", "wire", "link", "membership", "lock", "node"};
const names up_to_runtime{"base", "wire", "link", "membership", "lock", "node", "runtime"};
const names both_shells{"base", "wire", "link", "membership", "lock", "node", "runtime", "sim"};

// One of the public headers that are pure: they include one another and nothing else of ours.
layer pure_header(std::string_view path) {
  const std::string_view name = path.substr(std::string_view("include/").size());
  return {name, path, true, {}, pure_public, pure_boost};
}

// clang-format off
const std::vector<layer> table{
  // name        folder               pure   uses           public       third parties
  {"base",       "src/base/",         true,  {},            {},          pure_boost},
  {"wire",       "src/wire/",         true,  {"base"},      member_only, wire_parties},
  {"link",       "src/link/",         true,  up_to_wire,    {},          pure_boost},
  {"membership", "src/membership/",   true,  up_to_link,    member_words, pure_boost},
  {"lock",       "src/lock/",         true,  up_to_link,    lock_words,  pure_boost},
  {"node",       "src/node/",         true,  up_to_node,    pure_public, pure_boost},
  {"runtime",    "src/runtime/",      false, up_to_node,    all_public,  any},
  {"sim",        "sim/",              false, up_to_node,    all_public,  any},
  {"world",      "sim/world/",        false, both_shells,   all_public,  any},
  {"tools",      "tools/",            false, up_to_runtime, all_public,  any},
  {"examples",   "examples/",         false, {},            all_public,  any},
  {"conclave",   "include/conclave/", false, {},            all_public,  boost_only},
  pure_header("include/conclave/config.hpp"),
  pure_header("include/conclave/error.hpp"),
  pure_header("include/conclave/fencing_token.hpp"),
  pure_header("include/conclave/member.hpp"),
  pure_header("include/conclave/roster.hpp"),
};
// clang-format on

}  // namespace

std::span<const layer> layers() {
  return table;
}

const layer* layer_of(std::string_view path) {
  const layer* found = nullptr;
  for (const layer& each : table) {
    const bool closer = found == nullptr || found->folder.size() < each.folder.size();
    if (path.starts_with(each.folder) && closer) {
      found = &each;
    }
  }
  return found;
}

bool is_pure(std::string_view path) {
  const layer* place = layer_of(path);
  return place != nullptr && place->pure;
}

const layer* layer_named(std::string_view name) {
  const auto found = std::ranges::find(table, name, &layer::name);
  return found == table.end() ? nullptr : &*found;
}

const layer* layer_included(std::string_view target) {
  const layer* beside_src = layer_of(target);
  return beside_src != nullptr ? beside_src : layer_of("src/" + std::string(target));
}

}  // namespace conclave::tidy
