// Hands the shell's wishes to the system.
#include "runtime/system.hpp"

#include "runtime/blocking.hpp"
#include "runtime/clock.hpp"
#include "runtime/datagram_socket.hpp"
#include "runtime/deadline_timer.hpp"
#include "runtime/peers_file.hpp"
#include "runtime/text_file.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <random>
#include <utility>

namespace conclave::runtime {

namespace {

namespace asio = boost::asio;

class system_port final : public datagram_port {
 public:
  system_port(const asio::any_io_executor& executor, const asio::ip::udp::endpoint& bind)
      : socket_(executor, bind) {}

  [[nodiscard]] core::address local() const override { return socket_.local(); }
  void wait_readable(std::shared_ptr<io_events> who) override {
    socket_.wait_readable([who = std::move(who)](boost::system::error_code error) {
      if (!error) {
        who->on_readable();
      }
    });
  }
  std::span<arrived> receive(bool& emptied) override { return socket_.receive(emptied); }
  bool send(std::span<const std::byte> bytes, const core::address& to) override {
    return socket_.send(bytes, to);
  }
  [[nodiscard]] std::uint64_t oversized() const override { return socket_.oversized(); }

 private:
  datagram_socket socket_;
};

class system_alarm final : public alarm {
 public:
  explicit system_alarm(const asio::any_io_executor& executor) : timer_(executor) {}

  void arm(core::instant when) override { timer_.arm(when); }
  void wait(std::shared_ptr<io_events> who) override {
    timer_.wait([who = std::move(who)](boost::system::error_code error) {
      if (!error) {
        who->on_timer();
      }
    });
  }
  void fired() override { timer_.fired(); }

 private:
  deadline_timer timer_;
};

class system_surroundings final : public surroundings {
 public:
  [[nodiscard]] core::instant now() const noexcept override { return boot_time_now(); }
  [[nodiscard]] std::uint64_t wall_ns() const noexcept override { return wall_clock_ns(); }
  [[nodiscard]] std::uint64_t random_seed() override {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
  }
  [[nodiscard]] bool runs_here(const asio::any_io_executor& executor) const override {
    return runs_on_this_thread(executor);
  }
  [[nodiscard]] std::unique_ptr<datagram_port> open_port(
      const asio::any_io_executor& executor, const asio::ip::udp::endpoint& bind) override {
    return std::make_unique<system_port>(executor, bind);
  }
  [[nodiscard]] std::unique_ptr<alarm> open_alarm(const asio::any_io_executor& executor) override {
    return std::make_unique<system_alarm>(executor);
  }
  void resolve(const asio::any_io_executor& executor, bool v6, std::vector<std::string> seeds,
               std::function<void(resolved_seeds)> done) override {
    resolve_seeds(executor, v6, std::move(seeds), std::move(done));
  }
  [[nodiscard]] std::string load_text(const std::string& path) override {
    return read_text_file(path, peers_text_max).value_or(std::string());
  }
  // One thread for all nodes of the process, from the first use on.
  void store_text(std::string path, std::string text,
                  std::function<void(const std::string& error)> done) override {
    try {
      static asio::thread_pool writer(1);
      asio::post(writer, [path = std::move(path), text = std::move(text), done] {
        std::string error;
        try {
          replace_text_file(path, text);
        } catch (const std::exception& failed) {
          error = failed.what();
        }
        done(error);
      });
    } catch (const std::exception& no_thread) {
      done(no_thread.what());
    }
  }
};

}  // namespace

const std::shared_ptr<surroundings>& the_system() {
  static const std::shared_ptr<surroundings> system = std::make_shared<system_surroundings>();
  return system;
}

}  // namespace conclave::runtime
