// Made with mkdtemp(), for its owner only.
#include "tools/temporary_folder.hpp"

#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace conclave::tools {

temporary_folder::temporary_folder(const std::string& name) {
  // mkdtemp() puts characters of its own in place of the last six.
  std::string pattern = std::filesystem::temp_directory_path() / (name + "-" + std::string(6, 'X'));
  if (mkdtemp(pattern.data()) == nullptr) {
    throw system_failure(exit_unavailable, pattern);
  }
  path_ = pattern;
}

temporary_folder::~temporary_folder() {
  if (!kept_) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

}  // namespace conclave::tools
