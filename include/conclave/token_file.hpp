// A file that keeps a gate's token across restarts and crashes.
#pragma once

#include <conclave/fencing_token.hpp>

#include <filesystem>

namespace conclave {

// The storage of a durable_token_gate:
//
//   conclave::durable_token_gate gate(conclave::token_file("/var/lib/valve/token"));
//
// One line of text with a checksum. A token is written to a new file beside it, named with ".new"
// at the end, which then takes its place: a crash at any moment leaves the old token or the new
// one.
//
// Its folder must be there, on a local disk that keeps what it has confirmed. One gate at a time
// uses one file. Not thread-safe; a gate sees to that.
class token_file {
 public:
  // Nothing is read or written yet. A path that is not absolute is taken from where the process
  // stands now.
  explicit token_file(const std::filesystem::path& path);

  // The token; empty when there is no such file. Throws std::system_error when it can't be read,
  // and std::runtime_error when it holds anything but what store() writes. Both name the file. A
  // file that is damaged is left as it is: which tokens were admitted is for a person to say, and a
  // gate that began anew would admit late ones.
  [[nodiscard]] fencing_token load() const;

  // On disk when it returns. Throws std::invalid_argument for the empty token, std::system_error,
  // which names the file and what was tried, when the disk is full for instance: the file then
  // holds the token from before, or, when only the folder could not be brought to disk, maybe the
  // new one. It can be tried again.
  void store(fencing_token token) const;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace conclave
