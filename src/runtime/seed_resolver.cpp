// Resolves names with Boost.Asio's resolver.
#include "runtime/seed_resolver.hpp"

#include "runtime/addresses.hpp"

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace conclave::runtime {

namespace {

namespace ip = boost::asio::ip;

// Kept alive by the handler that is under way.
class resolution : public std::enable_shared_from_this<resolution> {
 public:
  resolution(const boost::asio::any_io_executor& executor, bool v6, std::vector<std::string> seeds,
             std::function<void(resolved_seeds)> done)
      : resolver_(executor), v6_(v6), seeds_(std::move(seeds)), done_(std::move(done)) {}

  void resolve_next() {
    if (next_ == seeds_.size()) {
      done_(std::move(found_));
      return;
    }
    const auto parts = split_host_and_port(seeds_[next_]);
    auto answered = [self = shared_from_this()](boost::system::error_code error,
                                                const ip::udp::resolver::results_type& results) {
      self->take(error, results);
    };
    const std::string port = std::to_string(parts->port);
    if (v6_) {
      resolver_.async_resolve(parts->host, port, std::move(answered));
    } else {
      resolver_.async_resolve(ip::udp::v4(), parts->host, port, std::move(answered));
    }
  }

 private:
  void take(boost::system::error_code error, const ip::udp::resolver::results_type& results) {
    if (error || results.empty()) {
      found_.failed.push_back(seeds_[next_]);
    }
    for (const auto& one : results) {
      found_.addresses.push_back(to_address(one.endpoint()));
    }
    ++next_;
    resolve_next();
  }

  ip::udp::resolver resolver_;
  bool v6_;
  std::vector<std::string> seeds_;
  std::size_t next_ = 0;
  std::function<void(resolved_seeds)> done_;
  resolved_seeds found_;
};

}  // namespace

void resolve_seeds(const boost::asio::any_io_executor& executor, bool v6,
                   std::vector<std::string> seeds, std::function<void(resolved_seeds)> done) {
  const auto one = std::make_shared<resolution>(executor, v6, std::move(seeds), std::move(done));
  boost::asio::post(executor, [one] { one->resolve_next(); });
}

}  // namespace conclave::runtime
