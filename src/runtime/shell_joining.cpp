// The shell's coming and going: seeds, the start of the core, leaving, closing.
#include "runtime/addresses.hpp"
#include "runtime/shell.hpp"

#include <utility>

namespace conclave::runtime {

namespace {

// More addresses of seeds than this are left out: any one that answers is enough.
constexpr std::size_t seeds_max = 64;

}  // namespace

void shell::join(std::chrono::nanoseconds patience, plain_completion done) {
  enter(detail::invocation::later, [&](outcomes& due, core::instant now) {
    if (phase_ == phase::leaving || phase_ == phase::left) {
      due.add(std::move(done), errc::leaving);
    } else if (joined_) {
      due.add(std::move(done), {});
    } else {
      joins_.push_back({core::saturating_add(now, patience), std::move(done)});
      if (phase_ == phase::idle) {
        surroundings_->joining(shared_from_this());
        start_resolving(due);
      }
    }
  });
}

// Addresses are taken as they are; only names are asked for.
void shell::start_resolving(outcomes& due) {
  phase_ = phase::resolving;
  resolved_seeds known;
  std::vector<std::string> names;
  for (const std::string& seed : settings_.seeds) {
    if (const auto where = parse_endpoint(seed); where) {
      known.addresses.push_back(to_address(*where));
    } else {
      names.push_back(seed);
    }
  }
  if (names.empty()) {
    take_seeds(std::move(known), due);
    return;
  }
  surroundings_->resolve(executor_, bound_.is_v6, std::move(names),
                         [weak = weak_from_this(), known](resolved_seeds found) mutable {
                           if (const auto self = weak.lock(); self) {
                             found.addresses.insert(found.addresses.end(), known.addresses.begin(),
                                                    known.addresses.end());
                             self->on_resolved(std::move(found));
                           }
                         });
}

void shell::on_resolved(resolved_seeds found) {
  enter(detail::invocation::inside, [&](outcomes& due, core::instant) {
    if (phase_ == phase::resolving) {
      take_seeds(std::move(found), due);
    }
  });
}

void shell::take_seeds(resolved_seeds found, outcomes& due) {
  unresolved_ = std::move(found.failed);
  for (const std::string& name : unresolved_) {
    due.add_line(spdlog::level::warn, "nobody knows the seed \"" + name + "\"");
  }
  std::vector<core::address> peers = load_peers(due);
  if (found.addresses.empty() && !unresolved_.empty()) {
    found.addresses = peers;  // as good as seeds: one of them has to answer
  }
  if (found.addresses.empty() && !unresolved_.empty()) {
    phase_ = phase::idle;
    end_waits(joins_, core::never, errc::seed_unreachable, due);
    return;
  }
  leave_out_self(found.addresses);
  if (found.addresses.size() > seeds_max) {
    found.addresses.resize(seeds_max);
  }
  start_core(std::move(found.addresses), std::move(peers));
}

void shell::leave_out_self(std::vector<core::address>& addresses) const {
  std::erase_if(addresses, [&](const core::address& where) {
    return where == bound_ || where == advertised_;
  });
}

void shell::start_core(std::vector<core::address> seeds, std::vector<core::address> former_peers) {
  const core::instant now = this->now();
  config settings = settings_;
  settings.metadata = metadata_;
  core_.emplace(core::node_start{.settings = std::move(settings),
                                 .self_address = advertised_,
                                 .seeds = std::move(seeds),
                                 .former_peers = std::move(former_peers),
                                 .boot = core::boot_id{started_wall_ns_},
                                 .wall_ns = surroundings_->wall_ns(),
                                 .now = now,
                                 .random_seed = surroundings_->random_seed()});
  phase_ = phase::running;
  expect_to_store_peers(now);
  core_->join(now, actions_);
  wait_readable();
  wait_timer();
}

// Those whose time is over by then.
void shell::end_waits(std::vector<waiting_until>& all, core::instant by,
                      boost::system::error_code error, outcomes& due) {
  std::erase_if(all, [&](waiting_until& one) {
    if (one.until > by) {
      return false;
    }
    due.add(std::move(one.done), error);
    return true;
  });
}

void shell::sleep(std::chrono::nanoseconds length, plain_completion done) {
  enter(detail::invocation::later, [&](outcomes& due, core::instant now) {
    if (phase_ == phase::left) {
      due.add(std::move(done), errc::leaving);
    } else {
      sleeps_.push_back({core::saturating_add(now, length), std::move(done)});
    }
  });
}

void shell::leave(plain_completion done) {
  enter(detail::invocation::later, [&](outcomes& due, core::instant now) {
    switch (phase_) {
      case phase::idle:
      case phase::resolving:
      case phase::left:
        leaves_.push_back(std::move(done));
        end_leaving(due);
        break;
      case phase::running:
        phase_ = phase::leaving;
        leaves_.push_back(std::move(done));
        end_waits(joins_, core::never, errc::leaving, due);
        inquiries_.end_all(errc::leaving, due);
        core_->leave(now, actions_);
        break;
      case phase::leaving:
        leaves_.push_back(std::move(done));
        break;
    }
  });
}

// The socket is closed; the executor stays for handlers that come later.
void shell::end_leaving(outcomes& due) {
  phase_ = phase::left;
  departed_ = false;
  if (io_) {
    oversized_ += io_->port->oversized();
    io_.reset();
  }
  end_waits(joins_, core::never, errc::leaving, due);
  inquiries_.end_all(errc::leaving, due);
  end_waits(sleeps_, core::never, errc::leaving, due);
  for (plain_completion& done : std::exchange(leaves_, {})) {
    due.add(std::move(done), {});
  }
  for (auto& [request, one] : waiting_) {
    due.add(std::move(one.done), errc::leaving);
  }
  waiting_.clear();
}

void shell::close() noexcept {
  enter(detail::invocation::later, [&](outcomes& due, core::instant now) {
    if (phase_ == phase::running) {
      core_->leave(now, actions_);
      obey(due);
    }
    end_leaving(due);
  });
  // Here and not on the executor, which may never run again.
  notifier_->close();
  // The executor may end when this returns. Who only delivers inside of its event loop is not
  // waited for: this may be called by a handler there.
  std::unique_lock guard(mutex_);
  unpinned_.wait(guard, [this] { return pins_ == 0; });
  executor_ = {};
}

void shell::abandon() noexcept {
  // Destroyed when the mutex is free: what users' handlers own may call back.
  decltype(waiting_) waiting;
  decltype(holds_) holds;
  std::vector<waiting_until> joins;
  std::vector<plain_completion> leaves;
  std::vector<waiting_until> sleeps;
  inquiries asked;
  std::vector<std::shared_ptr<settled_view>> views;
  {
    const std::scoped_lock guard(mutex_);
    phase_ = phase::left;
    io_.reset();
    actions_.clear();
    waiting.swap(waiting_);
    holds.swap(holds_);
    joins.swap(joins_);
    leaves.swap(leaves_);
    sleeps.swap(sleeps_);
    std::swap(asked, inquiries_);
    views.swap(settled_views_);
    observers_.clear();
  }
  for (const auto& [request, held] : holds) {
    held->lose(loss_reason::shut_down);
    held->drop_waits();
  }
  notifier_->abandon();
}

}  // namespace conclave::runtime
