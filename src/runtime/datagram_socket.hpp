// The one UDP socket of a node: non-blocking, read in batches.
#pragma once

#include "base/address.hpp"
#include "runtime/surroundings.hpp"
#include "wire/frame.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace conclave::runtime {

// Not thread-safe: its owner's mutex guards it.
class datagram_socket {
 public:
  static constexpr std::size_t batch_max = datagram_port::batch_max;  // of one system call

  // Throws boost::system::system_error with the system's error.
  datagram_socket(const boost::asio::any_io_executor& executor,
                  const boost::asio::ip::udp::endpoint& bind);
  // The system's structures point into it.
  datagram_socket(const datagram_socket&) = delete;
  datagram_socket& operator=(const datagram_socket&) = delete;

  [[nodiscard]] core::address local() const { return local_; }

  // Calls back once there is something to read, or with an error when the socket is closed.
  template <class Handler>
  void wait_readable(Handler&& handler) {
    socket_.async_wait(boost::asio::ip::udp::socket::wait_read, std::forward<Handler>(handler));
  }

  // Takes datagrams off the socket, a batch at most, without waiting. `emptied`: none were left.
  std::span<arrived> receive(bool& emptied);

  // Once, without waiting. False when the system refused.
  bool send(std::span<const std::byte> bytes, const core::address& to);

  // Longer than any frame: dropped unread.
  [[nodiscard]] std::uint64_t oversized() const { return oversized_; }

 private:
  // A longer datagram is cut, and marked as such by the system.
  using buffer = std::array<std::byte, core::frame_size_max>;

  boost::asio::ip::udp::socket socket_;
  core::address local_;
  bool v6_;
  std::uint64_t oversized_ = 0;

  // What recvmmsg wants, laid out once.
  std::array<buffer, batch_max> buffers_{};
  std::array<iovec, batch_max> vectors_{};
  std::array<sockaddr_storage, batch_max> senders_{};
  std::array<mmsghdr, batch_max> headers_{};
  std::array<arrived, batch_max> arrived_{};
};

}  // namespace conclave::runtime
