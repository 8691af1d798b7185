// Choosing and waiting for signals.
#include "tools/signals.hpp"

#include <boost/system/error_code.hpp>

#include <csignal>
#include <utility>

namespace conclave::tools {

signal_watch::signal_watch(boost::asio::io_context& context, std::initializer_list<int> numbers,
                           std::function<void(int)> on_signal)
    : set_(context), on_signal_(std::move(on_signal)) {
  for (const int number : numbers) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_IGN || number == SIGCHLD) {
      set_.add(number);
    }
  }
  wait();
}

void signal_watch::wait() {
  set_.async_wait([this](boost::system::error_code error, int number) {
    if (!error) {
      on_signal_(number);
      wait();
    }
  });
}

}  // namespace conclave::tools
