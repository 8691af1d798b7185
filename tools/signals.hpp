// Signals as events of an io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>
#include <initializer_list>

namespace conclave::tools {

// A signal that was ignored when the program started stays ignored, as nohup wants.
class signal_watch {
 public:
  signal_watch(boost::asio::io_context& context, std::initializer_list<int> numbers,
               std::function<void(int)> on_signal);

 private:
  void wait();

  boost::asio::signal_set set_;
  std::function<void(int)> on_signal_;
};

}  // namespace conclave::tools
