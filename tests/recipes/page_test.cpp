// docs/recipes.md shows the files that are tested, and no other SQL.
#include "recipe_files.hpp"

#include <gtest/gtest.h>

#include <set>

namespace conclave::recipes {

namespace {

namespace fs = std::filesystem;

std::set<std::string> shown_on_the_page() {
  const std::string page = text_of(fs::path(CONCLAVE_RECIPES).parent_path() / "recipes.md");
  const std::string open = "```sql\n";
  std::set<std::string> blocks;
  for (std::size_t at = page.find(open); at != std::string::npos; at = page.find(open, at)) {
    at += open.size();
    blocks.insert(page.substr(at, page.find("```", at) - at));
  }
  return blocks;
}

TEST(recipes_page, shows_exactly_what_is_tested) {
  std::set<std::string> tested;
  for (const auto& file : fs::directory_iterator(CONCLAVE_RECIPES)) {
    tested.insert(text_of(file.path()));
  }
  EXPECT_FALSE(tested.empty());
  EXPECT_EQ(shown_on_the_page(), tested);
}

}  // namespace

}  // namespace conclave::recipes
