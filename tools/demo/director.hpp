// The demo's story: what is done to whom, and what is waited for.
#pragma once

#include "base/time.hpp"
#include "tools/demo/board.hpp"
#include "tools/demo/cast.hpp"
#include "tools/demo/chronicle.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>

namespace conclave::tools::demo {

// Something that must happen did not, or a process ended that should not: a broken promise.
class stalled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class director {
 public:
  director(boost::asio::io_context& context, shared_board& board, cast& processes, chronicle& story,
           core::duration length);

  // Throws stalled.
  boost::asio::awaitable<void> play();

 private:
  using filter = std::function<bool(std::size_t node)>;

  boost::asio::awaitable<void> open();
  boost::asio::awaitable<void> kill_the_holder();
  boost::asio::awaitable<void> stop_the_holder();
  boost::asio::awaitable<void> kill_a_voter(std::size_t voter);
  boost::asio::awaitable<void> add_a_node(std::size_t node);
  boost::asio::awaitable<void> close();

  // Stops a process that does just this, and returns which one.
  boost::asio::awaitable<std::size_t> freeze(phase doing, filter wanted);
  boost::asio::awaitable<void> watch_next_holder();
  boost::asio::awaitable<void> bring_back(std::size_t node);
  boost::asio::awaitable<void> pause(core::duration time);
  boost::asio::awaitable<void> until(std::function<bool()> done, std::string what);

  [[nodiscard]] const desk& of(std::size_t node) const { return board_->desks.at(node); }
  // Every running process but this one sees it so.
  [[nodiscard]] bool all_see(std::size_t node, sight how) const;
  [[nodiscard]] bool all_see_each_other() const;
  [[nodiscard]] std::size_t acquisitions() const;
  void begin_fault(std::string kind, std::string what, std::size_t node);
  [[nodiscard]] core::duration since_fault() const;

  shared_board& board_;
  cast& cast_;
  chronicle& story_;
  core::duration length_;
  boost::asio::steady_timer timer_;
};

}  // namespace conclave::tools::demo
