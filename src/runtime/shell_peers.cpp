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
  try {
    parsed_peers found = parse_peers(surroundings_->load_text(settings_.peers_file));
    if (found.refused > 0) {
      due.add_line(spdlog::level::warn, settings_.peers_file + ": " +
                                            std::to_string(found.refused) +
                                            " of its lines are no address and are left out");
    }
    leave_out_self(found.peers);
    return std::move(found.peers);
  } catch (const std::system_error& error) {
    due.add_line(spdlog::level::warn, error.what());
    return {};
  }
}

void shell::expect_to_store_peers(core::instant now) {
  if (!settings_.peers_file.empty()) {
    store_peers_at_ = core::saturating_add(now, first_after);
  }
}

// Not on this thread: a disk may take its time, and locks don't wait for it. What went wrong is
// said at the next turn, and tried again.
void shell::store_peers_if_due(core::instant now, outcomes& due) {
  if (store_peers_at_ > now) {
    return;
  }
  store_peers_at_ = core::saturating_add(now, store_every);
  std::string text = to_peers_text(core_->members().peers_to_keep());
  {
    const std::scoped_lock guard(peers_store_->mutex);
    if (peers_store_->under_way) {
      return;
    }
    if (!peers_store_->error.empty()) {
      due.add_line(spdlog::level::warn, std::exchange(peers_store_->error, {}) +
                                            "; peers are kept in memory, and written later");
      stored_peers_.clear();
    }
    if (text == stored_peers_) {
      return;
    }
    peers_store_->under_way = true;
  }
  stored_peers_ = text;
  surroundings_->store_text(settings_.peers_file, std::move(text),
                            [store = peers_store_](const std::string& error) {
                              const std::scoped_lock guard(store->mutex);
                              store->under_way = false;
                              store->error = error;
                            });
}

}  // namespace conclave::runtime
