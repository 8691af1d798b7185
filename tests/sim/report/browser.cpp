// The WebDriver protocol: JSON over HTTP to a chromedriver of our own.
#include "browser.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <thread>

namespace conclave::sim {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using json = nlohmann::json;

constexpr const char* driver_path = "/usr/bin/chromedriver";
constexpr const char* chromium_path = "/usr/bin/chromium";
constexpr std::chrono::seconds patience{30};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool eventually(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

std::string exchange(std::uint16_t port, const std::string& method, const std::string& path,
                     const std::string& body) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), port});
  http::request<http::string_body> request(http::string_to_verb(method), path, 11);
  request.set(http::field::host, "127.0.0.1");
  request.set(http::field::content_type, "application/json; charset=utf-8");
  request.set(http::field::connection, "close");
  request.body() = body;
  request.prepare_payload();
  http::write(socket, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(64U << 20U);
  http::read(socket, buffer, parser);
  return parser.get().body();
}

json pointer_move(const point& to) {
  return {{"type", "pointerMove"},
          {"duration", 0},
          {"origin", "viewport"},
          {"x", static_cast<int>(to.x)},
          {"y", static_cast<int>(to.y)}};
}

const json press_button{{"type", "pointerDown"}, {"button", 0}};
const json let_go_button{{"type", "pointerUp"}, {"button", 0}};

json mouse(json actions) {
  return {{"type", "pointer"},
          {"id", "mouse"},
          {"parameters", {{"pointerType", "mouse"}}},
          {"actions", std::move(actions)}};
}

}  // namespace

bool browser::is_there() {
  return std::filesystem::exists(driver_path) && std::filesystem::exists(chromium_path);
}

void browser::start_driver() {
  const std::string log = folder_.path() + "/driver.log";
  // A home of its own, so that nothing of a user's browser is read or changed.
  driver_ = std::make_unique<tools::child_process>(
      tools::child_options{.command = {driver_path, "--port=0"},
                           .environment = {{"HOME", folder_.path()}, {"TMPDIR", folder_.path()}},
                           .output_file = log});
  const std::regex says_port(R"(started successfully on port (\d+))");
  std::smatch found;
  std::string said;
  const bool started = eventually([&] {
    said = read_file(log);
    return std::regex_search(said, found, says_port);
  });
  if (!started) {
    throw std::runtime_error("chromedriver does not start: " + said);
  }
  port_ = static_cast<std::uint16_t>(std::stoul(found[1]));
}

browser::browser() {
  start_driver();
  // With the pipe, Chromium ends when chromedriver does, however that comes.
  const json arguments{"--headless",
                       "--no-sandbox",
                       "--disable-gpu",
                       "--disable-quic",
                       "--no-first-run",
                       "--disable-background-networking",
                       "--disable-component-update",
                       "--disable-sync",
                       "--disable-dev-shm-usage",
                       "--hide-scrollbars",
                       "--force-device-scale-factor=1",
                       "--window-size=1280,800",
                       "--remote-debugging-pipe",
                       "--user-data-dir=" + folder_.path() + "/profile"};
  const json wanted{{"browserName", "chrome"},
                    {"goog:loggingPrefs", {{"browser", "ALL"}}},
                    {"goog:chromeOptions", {{"binary", chromium_path}, {"args", arguments}}}};
  const json session = call("POST", "/session", {{"capabilities", {{"alwaysMatch", wanted}}}});
  session_ = "/session/" + session.at("sessionId").get<std::string>();
}

browser::~browser() {
  try {
    if (!session_.empty()) {
      call("DELETE", session_, json::object());
    }
  } catch (const std::exception&) {
    // Whatever is left of it is killed with its driver.
  }
}

json browser::call(const std::string& method, const std::string& path, const json& body) {
  const std::string text = method == "POST" ? body.dump() : std::string();
  const json answer = json::parse(exchange(port_, method, path, text));
  const json& value = answer.at("value");
  if (value.is_object() && value.contains("error")) {
    throw std::runtime_error(path + ": " + value.value("message", value.dump()));
  }
  return value;
}

void browser::open(const std::string& html, const std::string& link) {
  const std::string path = folder_.path() + "/page.html";
  std::ofstream(path, std::ios::binary) << html;
  // A fresh document even if the same file is open already.
  call("POST", session_ + "/url", {{"url", "about:blank"}});
  call("POST", session_ + "/url", {{"url", "file://" + path + link}});
}

void browser::follow(const std::string& link) {
  run("location.hash = '" + link + "';");
}

json browser::run(const std::string& script) {
  return call("POST", session_ + "/execute/sync", {{"script", script}, {"args", json::array()}});
}

bool browser::becomes(const std::string& condition) {
  return eventually([&] { return run("return Boolean(" + condition + ");") == true; });
}

std::string browser::find(const std::string& selector) {
  const json found =
      call("POST", session_ + "/element", {{"using", "css selector"}, {"value", selector}});
  return found.begin().value().get<std::string>();
}

void browser::click(const std::string& selector) {
  call("POST", session_ + "/element/" + find(selector) + "/click", json::object());
}

void browser::perform(const json& source) {
  call("POST", session_ + "/actions", {{"actions", json::array({source})}});
}

void browser::click(const point& where) {
  perform(mouse({pointer_move(where), press_button, let_go_button}));
}

void browser::drag(const point& from, const point& to) {
  const point half{.x = (from.x + to.x) / 2, .y = (from.y + to.y) / 2};
  perform(mouse(
      {pointer_move(from), press_button, pointer_move(half), pointer_move(to), let_go_button}));
}

void browser::turn_wheel(const point& where, int delta) {
  const json turn{{"type", "scroll"},
                  {"duration", 0},
                  {"origin", "viewport"},
                  {"x", static_cast<int>(where.x)},
                  {"y", static_cast<int>(where.y)},
                  {"deltaX", 0},
                  {"deltaY", delta}};
  perform({{"type", "wheel"}, {"id", "wheel"}, {"actions", json::array({turn})}});
}

void browser::write(const std::string& selector, const std::string& text) {
  const std::string element = session_ + "/element/" + find(selector);
  call("POST", element + "/clear", json::object());
  call("POST", element + "/value", {{"text", text}});
}

void browser::press(const std::string& key) {
  const json actions{{{"type", "keyDown"}, {"value", key}}, {{"type", "keyUp"}, {"value", key}}};
  perform({{"type", "key"}, {"id", "keyboard"}, {"actions", actions}});
}

json browser::complaints() {
  json all = json::array();
  for (const json& one : call("POST", session_ + "/se/log", {{"type", "browser"}})) {
    if (one.at("level") == "SEVERE") {
      all.push_back(one);
    }
  }
  return all;
}

}  // namespace conclave::sim
