// Opens, reads and writes the socket.
#include "runtime/datagram_socket.hpp"

#include "runtime/addresses.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/socket_base.hpp>

namespace conclave::runtime {

namespace {

namespace ip = boost::asio::ip;

// A thousand peers may answer one frame at once. The system may give less; what does not fit is
// lost, and the link repeats it.
constexpr int receive_buffer_size = 4 << 20;

}  // namespace

datagram_socket::datagram_socket(const boost::asio::any_io_executor& executor,
                                 const ip::udp::endpoint& bind)
    : socket_(executor, bind.protocol()), v6_(bind.address().is_v6()) {
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer_size), ignored);
  if (v6_ && bind.address().is_unspecified()) {
    socket_.set_option(ip::v6_only(false), ignored);  // all addresses means those of IPv4 as well
  }
  socket_.non_blocking(true);
  socket_.bind(bind);
  local_ = to_address(socket_.local_endpoint());
  for (std::size_t i = 0; i < batch_max; ++i) {
    vectors_[i] = {.iov_base = buffers_[i].data(), .iov_len = buffers_[i].size()};
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_name = &senders_[i];
  }
}

std::span<arrived> datagram_socket::receive(bool& emptied) {
  for (mmsghdr& header : headers_) {
    header.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    header.msg_hdr.msg_flags = 0;
  }
  const int received =
      ::recvmmsg(socket_.native_handle(), headers_.data(), batch_max, MSG_DONTWAIT, nullptr);
  // Errors other than "nothing there" belong to datagrams sent earlier: there is nothing to do.
  const std::size_t count = received > 0 ? static_cast<std::size_t>(received) : 0;
  emptied = count < batch_max;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if ((headers_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++oversized_;
      continue;
    }
    arrived_[kept++] = {.bytes = std::span(buffers_[i]).first(headers_[i].msg_len),
                        .from = to_address(senders_[i])};
  }
  return std::span(arrived_).first(kept);
}

bool datagram_socket::send(std::span<const std::byte> bytes, const core::address& to) {
  sockaddr_storage where{};
  const socklen_t size = to_socket_address(to, v6_, where);
  if (size == 0) {
    return false;
  }
  const auto sent =
      ::sendto(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<sockaddr*>(&where), size);
  return sent == static_cast<ssize_t>(bytes.size());
}

}  // namespace conclave::runtime
