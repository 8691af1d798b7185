// Small text files that are read and replaced as a whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace conclave::runtime {

// Up to so many bytes of it; nothing when there is no such file. Throws std::system_error that
// names the path.
[[nodiscard]] std::optional<std::string> read_text_file(const std::filesystem::path& path,
                                                        std::size_t size_max);
// Writes `path`.new, brings it to disk and puts it in place: all of it, or what was there before
// stays. When it returns no crash brings the old file back. Throws as read_text_file().
void replace_text_file(const std::filesystem::path& path, std::string_view text);

}  // namespace conclave::runtime
