// A headless Chromium, driven as a user would: through chromedriver, by the WebDriver protocol
// (https://www.w3.org/TR/webdriver2/).
#pragma once

#include "tools/child_process.hpp"
#include "tools/temporary_folder.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace conclave::sim {

struct point {
  double x = 0;
  double y = 0;
};

class browser {
 public:
  // Whether the programs that it takes are installed.
  [[nodiscard]] static bool is_there();

  // Throws std::runtime_error with what chromedriver says when it cannot do something.
  browser();
  browser(const browser&) = delete;
  browser& operator=(const browser&) = delete;
  ~browser();

  // Writes the page to a file and opens it. `link` may be "#e12".
  void open(const std::string& html, const std::string& link = "");
  void follow(const std::string& link);

  // What the body of a JavaScript function returns.
  nlohmann::json run(const std::string& script);
  // Runs it until it returns true. False after a time that only a broken page needs.
  bool becomes(const std::string& condition);

  void click(const std::string& selector);
  void click(const point& where);
  void drag(const point& from, const point& to);
  void turn_wheel(const point& where, int delta);
  void write(const std::string& selector, const std::string& text);
  // One key, for the whole page; special ones by their WebDriver character.
  void press(const std::string& key);

  // The errors of the page so far.
  nlohmann::json complaints();

 private:
  nlohmann::json call(const std::string& method, const std::string& path,
                      const nlohmann::json& body);
  void start_driver();
  void perform(const nlohmann::json& source);
  std::string find(const std::string& selector);

  tools::temporary_folder folder_{"conclave-browser"};
  std::unique_ptr<tools::child_process> driver_;
  std::uint16_t port_ = 0;
  std::string session_;
};

}  // namespace conclave::sim
