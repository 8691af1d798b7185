// The shell's memory of peers from one run to the next: config.peers_file.
#include "runtime/peers_file.hpp"
#include "runtime/shell.hpp"

#include <system_error>
#include <utility>

namespace conclave::runtime {

namespace {

constexpr core::duration first_after = std::chrono::seconds(10);
constexpr core::duration store_every = std::chrono::minutes(1);

}  // namespace

// What can't be read is said and done without: the seeds are there, too.
std::vector<core::address> shell::load_peers(outcomes& due) {
  if (settings_.peers_file.empty()) {
    return {};
  }
  store_peers_at_ = core::saturating_add(now(), first_after);
  try {
    parsed_peers found = parse_peers(surroundings_->load_text(settings_.peers_file));
    if (found.refused > 0) {
      due.add_line(spdlog::level::warn, settings_.peers_file + ": " +
                                            std::to_string(found.refused) +
                                            " of its lines are no address and are left out");
    }
    std::erase_if(found.peers, [&](const core::address& where) {
      return where == bound_ || where == advertised_;
    });
    return std::move(found.peers);
  } catch (const std::system_error& error) {
    due.add_line(spdlog::level::warn, error.what());
    return {};
  }
}

// Not on this thread: a disk may take its time, and locks don't wait for it.
void shell::store_peers_if_due(core::instant now) {
  if (store_peers_at_ > now) {
    return;
  }
  store_peers_at_ = core::saturating_add(now, store_every);
  std::string text = to_peers_text(core_->members().peers_to_keep());
  if (text == stored_peers_ || storing_peers_->exchange(true)) {
    return;
  }
  stored_peers_ = text;
  surroundings_->store_text(settings_.peers_file, std::move(text),
                            [logger = logger_, storing = storing_peers_](const std::string& error) {
                              if (logger && !error.empty()) {
                                logger->warn("{}; peers are kept in memory only", error);
                              }
                              storing->store(false);
                            });
}

}  // namespace conclave::runtime
