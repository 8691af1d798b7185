// Starts and ends the thread.
#include "runtime/io_thread.hpp"

#include <boost/asio/post.hpp>

namespace conclave::runtime {

namespace {

constexpr int one_thread = 1;  // a hint to the context: it then wakes nobody in vain

// An exception out of a handler ends the process: nobody could catch it.
void run(const std::shared_ptr<owned_context>& context) noexcept {
  context->run();
  // Now, and not with the context: a coroutine among them may own what keeps the context alive.
  context->destroy_handlers();
}

}  // namespace

io_thread::io_thread()
    : context_(std::make_shared<owned_context>(one_thread)),
      work_(context_->get_executor()),
      thread_([context = context_] { run(context); }) {}

io_thread::~io_thread() {
  // What a handler posts on the thread itself is queued only when that handler has ended: behind
  // this. A turn later comes after it, and no completion is dropped.
  boost::asio::post(*context_, [context = context_.get()] {
    boost::asio::post(*context, [context] { context->stop(); });
  });
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

}  // namespace conclave::runtime
