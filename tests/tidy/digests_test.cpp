// The digests of the core name every member of the classes that they digest: one that is forgotten
// would make two different states one.
#include "source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

namespace conclave::tidy {
namespace {

struct digested {
  const char* header;
  const char* type;
  const char* digests;  // the file with its add_to(); the header itself when it stands there
};

constexpr digested all_digested[] = {
    {"src/base/timer_queue.hpp", "timer_queue", "src/base/timer_queue.hpp"},
    {"src/lock/lamport_clock.hpp", "lamport_clock", "src/lock/lamport_clock.hpp"},
    {"src/lock/lock_table.hpp", "lock_table", "src/lock/digests.cpp"},
    {"src/lock/voter.hpp", "voter", "src/lock/digests.cpp"},
    {"src/lock/voter_views.hpp", "voter_views", "src/lock/digests.cpp"},
    {"src/lock/candidate.hpp", "candidate", "src/lock/digests.cpp"},
    {"src/link/peer.hpp", "round_trip", "src/link/peer.hpp"},
    {"src/link/clock_rate.hpp", "clock_rate", "src/link/digests.cpp"},
    {"src/link/link.hpp", "link", "src/link/digests.cpp"},
    {"src/membership/probe_order.hpp", "probe_order", "src/membership/probe_order.hpp"},
    {"src/membership/deadlines.hpp", "deadlines", "src/membership/digests.cpp"},
    {"src/membership/recent_arrivals.hpp", "recent_arrivals",
     "src/membership/recent_arrivals.hpp"},
    {"src/membership/rumours.hpp", "rumours", "src/membership/digests.cpp"},
    {"src/membership/member_table.hpp", "member_table", "src/membership/digests.cpp"},
    {"src/membership/membership.hpp", "membership", "src/membership/digests.cpp"},
    {"src/node/node.hpp", "node", "src/node/digests.cpp"},
};

// The class from its head to the brace that ends it.
std::string class_text(const std::string& code, const std::string& type) {
  const std::size_t begin = code.find("class " + type + " {");
  const std::size_t end = begin == std::string::npos ? begin : code.find("\n};", begin);
  return end == std::string::npos ? "" : code.substr(begin, end - begin);
}

std::vector<std::string> members_of(const std::string& type_text) {
  const std::regex declared(R"(\n  [A-Za-z_][^\n()]*[ >&*]([a-z_0-9]+_)(\{[^\n]*\}| = [^\n]*)?;)");
  std::vector<std::string> members;
  for (std::sregex_iterator at(type_text.begin(), type_text.end(), declared), end; at != end;
       ++at) {
    members.push_back((*at)[1]);
  }
  return members;
}

// add_to() with the comment before it, which says what is left out and why.
std::string digest_text(const std::string& text, const std::string& type, bool in_header) {
  const std::size_t head =
      text.find(in_header ? "void add_to(digest& sum) const" : "void " + type + "::add_to(");
  if (head == std::string::npos) {
    return "";
  }
  std::size_t begin = text.rfind('\n', head) + 1;
  while (begin > 1) {
    const std::size_t before = text.rfind('\n', begin - 2) + 1;
    if (!trimmed(std::string_view(text).substr(before, begin - before)).starts_with("//")) {
      break;
    }
    begin = before;
  }
  return text.substr(begin, text.find(in_header ? "\n\n" : "\n}\n", head) - begin);
}

TEST(digests, name_every_member_of_what_they_digest) {
  const std::vector<source_file> files = read_tree(CONCLAVE_SOURCE_DIR);
  const auto text_of = [&](std::string_view path) {
    const auto found = std::ranges::find(files, path, &source_file::path);
    return found == files.end() ? std::string() : found->text;
  };
  for (const digested& each : all_digested) {
    SCOPED_TRACE(each.type);
    const std::vector<std::string> members =
        members_of(class_text(code_of(text_of(each.header)), each.type));
    const bool in_header = std::string_view(each.header) == each.digests;
    const std::string body = digest_text(text_of(each.digests), each.type, in_header);
    ASSERT_FALSE(members.empty());
    ASSERT_FALSE(body.empty());
    for (const std::string& member : members) {
      EXPECT_FALSE(find_word(body, member).empty())
          << member << " is neither digested nor left out";
    }
  }
}

TEST(digests, would_be_refused_when_a_member_is_forgotten) {
  const std::string header =
      "class one {\n private:\n  int first_ = 0;\n  std::map<a, b> second_;\n"
      "  int called(int with_) const;\n  x third_{1};\n};\n";
  const std::vector<std::string> expected{"first_", "second_", "third_"};
  EXPECT_EQ(members_of(class_text(header, "one")), expected);
}

}  // namespace
}  // namespace conclave::tidy
