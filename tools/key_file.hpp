// The cluster's key out of a file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace conclave::tools {

// 32 bytes, or 64 hexadecimal digits with or without a newline. Throws failure (exit_usage) that
// names the file and says nothing of its content.
[[nodiscard]] std::vector<std::byte> read_key_file(const std::string& path);

}  // namespace conclave::tools
