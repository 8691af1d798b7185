// A thread of the node's own, for those who have no executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <thread>

namespace conclave::runtime {

// An io_context whose handlers can be destroyed before it is.
class owned_context : public boost::asio::io_context {
 public:
  using boost::asio::io_context::io_context;
  void destroy_handlers() { shutdown(); }
};

class io_thread {
 public:
  io_thread();
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;
  // Runs the handlers that were posted before, then ends the thread. Other handlers are destroyed
  // without being called. May be called by a handler: the thread then ends after it.
  ~io_thread();

  [[nodiscard]] boost::asio::any_io_executor executor() const { return context_->get_executor(); }
  // For whoever may still name the executor when the thread has ended: what is posted then is
  // destroyed with the context.
  [[nodiscard]] std::shared_ptr<void> keep_alive() const { return context_; }

 private:
  std::shared_ptr<owned_context> context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace conclave::runtime
