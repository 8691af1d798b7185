// Two links, and the frames that go between them by hand.
#pragma once

#include "base/check.hpp"
#include "link/link.hpp"

#include <string>
#include <utility>
#include <vector>

namespace conclave::core {

inline constexpr std::uint64_t test_cluster = 5;

inline link_settings settings_of(std::uint64_t node, std::uint64_t boot) {
  return {.self = {.node = {node}, .boot = {boot}},
          .cluster = test_cluster,
          .seal = sealer(),
          .silence_max = std::chrono::seconds(30),
          .peers_max = 10,
          .outbox_max = 1'000,
          .clocks = {}};
}

inline address address_of(std::uint64_t node) {
  return ipv4_address({127, 0, 0, 1}, static_cast<std::uint16_t>(node));
}

inline message lock_message(std::uint64_t number) {
  return busy{.lock = "lock", .request = {number}};
}

struct sent_frame {
  address to;
  std::vector<std::byte> bytes;
  frame_header header;
  std::vector<std::string> messages;  // as text
};

// One link with its clock.
class end_of_link {
 public:
  explicit end_of_link(const link_settings& settings, instant now = instant(std::chrono::hours(1)))
      : now_(now), link_(settings) {}

  // What leaves now.
  std::vector<sent_frame> flush() {
    outbox out;
    link_.flush(
        now_, [](frame_header&, node_boot) {}, out);
    std::vector<sent_frame> frames;
    for (const datagram& one : out.frames) {
      sent_frame frame;
      frame.to = one.to;
      const auto begin = out.bytes.begin() + static_cast<std::ptrdiff_t>(one.offset);
      frame.bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(one.size));
      auto copy = frame.bytes;
      received_frame read;
      check(read_frame(copy, test_cluster, sealer(), read) == frame_error::none, "it is a frame");
      frame.header = read.header;
      message content;
      while (read.messages.next(content)) {
        frame.messages.push_back(to_text(content));
      }
      frames.push_back(std::move(frame));
    }
    return frames;
  }

  // A frame comes in; reliable messages in it are acknowledged, as a node does.
  arrival receive(const sent_frame& frame, const address& from) {
    auto bytes = frame.bytes;
    received_frame read;
    check(read_frame(bytes, test_cluster, sealer(), read) == frame_error::none, "it is a frame");
    const arrival result = link_.receive(read.header, from, now_, news_);
    message content;
    bool reliable = false;
    while (result == arrival::accepted && read.messages.next(content)) {
      received_.push_back(to_text(content));
      reliable = reliable || is_reliable(content);
    }
    if (reliable) {
      link_.acknowledge(read.header.sender.node, read.header.sequence, now_);
    }
    return result;
  }

  // Ticks at each deadline until `length` has passed; what left meanwhile, and when.
  std::vector<std::pair<duration, sent_frame>> pass(duration length) {
    const instant start = now_;
    const instant end = now_ + length;
    std::vector<std::pair<duration, sent_frame>> all;
    while (link_.next_deadline() <= end) {
      now_ = std::max(now_, link_.next_deadline());
      link_.tick(now_);
      for (sent_frame& frame : flush()) {
        all.emplace_back(now_ - start, std::move(frame));
      }
    }
    now_ = end;
    return all;
  }

  [[nodiscard]] link& machine() { return link_; }
  [[nodiscard]] instant now() const { return now_; }
  void advance(duration length) { now_ += length; }
  [[nodiscard]] bool boot_changed() const { return news_.boot_changed; }
  [[nodiscard]] const arrival_news& news() const { return news_; }
  [[nodiscard]] const std::vector<std::string>& received() const { return received_; }

 private:
  instant now_;
  link link_;
  arrival_news news_;
  std::vector<std::string> received_;
};

// Two that know each other's boots. Their clocks have nothing to do with one another.
struct two_links {
  end_of_link a;
  end_of_link b{settings_of(2, 22), instant(std::chrono::hours(900))};

  explicit two_links(const link_settings& settings_of_a = settings_of(1, 11)) : a(settings_of_a) {
    a.machine().introduce({2}, address_of(2), a.now());
    a.machine().touch({2}, true);
    b_receives(a.flush());
    a_receives(b.flush());
  }

  void a_receives(const std::vector<sent_frame>& frames) {
    for (const sent_frame& one : frames) {
      a.receive(one, address_of(2));
    }
  }
  void b_receives(const std::vector<sent_frame>& frames) {
    for (const sent_frame& one : frames) {
      b.receive(one, address_of(1));
    }
  }
  void advance(duration length) {
    a.advance(length);
    b.advance(length);
  }
};

}  // namespace conclave::core
