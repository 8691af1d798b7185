// A folder of one's own below TMPDIR, removed with all that is in it.
#pragma once

#include <string>

namespace conclave::tools {

class temporary_folder {
 public:
  // Its name begins like this. Throws a failure when there is no room or no right to make one.
  explicit temporary_folder(const std::string& name);
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();

  [[nodiscard]] const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

}  // namespace conclave::tools
