// States as words, and which moves are possible in them.
#include "sim/explore/state.hpp"

#include <algorithm>

namespace conclave::sim {

void world_state::pack(std::vector<std::uint32_t>& words) const {
  words.assign(nodes.begin(), nodes.end());
  words.push_back(book);
  words.push_back(moment << 28 | left.crashes << 21 | left.duplicates << 18 | left.losses << 15 |
                  left.partitions << 12 | left.pauses << 9 | left.lapses << 6 |
                  left.overtakings << 3 | tokens_left);
  words.push_back(packed(cut));
  words.insert(words.end(), under_way.begin(), under_way.end());
}

void world_state::unpack(std::span<const std::uint32_t> words, std::size_t machines) {
  nodes.assign(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(machines));
  book = words[machines];
  const std::uint32_t rest = words[machines + 1];
  moment = rest >> 28;
  left = {.crashes = rest >> 21 & budget_max,
          .duplicates = rest >> 18 & budget_max,
          .losses = rest >> 15 & budget_max,
          .partitions = rest >> 12 & budget_max,
          .pauses = rest >> 9 & budget_max,
          .lapses = rest >> 6 & budget_max,
          .overtakings = rest >> 3 & budget_max};
  tokens_left = rest & budget_max;
  cut = unpacked_cut(words[machines + 2]);
  under_way.assign(words.begin() + static_cast<std::ptrdiff_t>(machines + 3), words.end());
}

bool mover::is_quiet(const world_state& state) const {
  return std::ranges::all_of(state.under_way, [&](frame_ref one) {
    return state.cut.blocks(frame(one).from, frame(one).to);
  });
}

void mover::list(const world_state& from, std::vector<move>& moves) const {
  moves.clear();
  list_frames(from, moves);
  for (machine_index at = 0; at < from.nodes.size(); ++at) {
    if (known_->due(from.nodes[at], from.moment)) {
      moves.push_back({move_kind::tick, at});
    }
    list_wishes(from, at, moves);
  }
  list_faults(from, moves);
}

bool mover::overtakes(const world_state& state, std::size_t position) const {
  const frame_ref one = state.under_way[position];
  if (!known_->machines().world().in_order || (one & copy_mark) != 0) {
    return false;
  }
  const auto older = std::span(state.under_way).first(position);
  return std::ranges::any_of(older, [&](frame_ref other) {
    return (other & copy_mark) == 0 && frame(other).from == frame(one).from &&
           frame(other).to == frame(one).to;
  });
}

void mover::list_frames(const world_state& from, std::vector<move>& moves) const {
  for (std::size_t i = 0; i < from.under_way.size(); ++i) {
    const frame_ref one = from.under_way[i];
    if (i > 0 && from.under_way[i - 1] == one) {
      continue;
    }
    const bool arrives = !from.cut.blocks(frame(one).from, frame(one).to) &&
                         (from.left.overtakings > 0 || !overtakes(from, i));
    if (arrives) {
      moves.push_back({move_kind::deliver, one});
    }
    if (arrives && from.left.duplicates > 0) {
      moves.push_back({move_kind::deliver_copy, one});
    }
    if (from.left.losses > 0) {
      moves.push_back({move_kind::lose, one});
    }
  }
}

void mover::list_wishes(const world_state& from, machine_index at, std::vector<move>& moves) const {
  const small_world& world = known_->machines().world();
  const ledger& book = known_->book(from.book);
  const open_request* open = book.find(at);
  if (open == nullptr) {
    if (book.asked[at] < world.nodes[at].asks) {
      moves.push_back({move_kind::ask, at});
    }
    return;
  }
  const bool lets_go = world.lets_go == letting_go::at_any_time ||
                       (world.lets_go == letting_go::when_quiet && is_quiet(from));
  if (open->holds ? lets_go : world.cancels) {
    moves.push_back({move_kind::unlock, at});
  }
  if (open->holds && from.tokens_left > 0) {
    moves.push_back({move_kind::take_token, at});
  }
}

void mover::list_faults(const world_state& from, std::vector<move>& moves) const {
  const small_world& world = known_->machines().world();
  for (machine_index at = 0; at < from.nodes.size(); ++at) {
    if (from.left.crashes > 0 && world.nodes[at].votes) {
      moves.push_back({move_kind::crash, at});
    }
    if (from.left.partitions > 0 && from.cut.kind == cut_kind::none) {
      for (const cut_kind kind : {cut_kind::apart, cut_kind::deaf, cut_kind::mute}) {
        moves.push_back({move_kind::cut_off, packed(cut{.kind = kind, .machine = at})});
      }
    }
  }
  if (from.cut.kind != cut_kind::none) {
    moves.push_back({move_kind::heal, 0});
  }
  for (machine_index late = 0; late <= from.nodes.size(); ++late) {
    if (from.left.pauses > 0) {
      moves.push_back({move_kind::pause, late});
    }
    if (from.left.lapses > 0) {
      moves.push_back({move_kind::lapse, late});
    }
  }
}

}  // namespace conclave::sim
