// Making the moves again, and saying what comes of each.
#include "sim/explore/story.hpp"

#include "sim/words.hpp"

namespace conclave::sim {

namespace {

std::vector<std::string> names_of(const small_world& world) {
  std::vector<std::string> names;
  for (const small_node& one : world.nodes) {
    names.push_back(one.name);
  }
  return names;
}

// "n1 -> c1: VOTE ... | RECALL ...".
std::string text_of(const catalogue& known, frame_ref ref) {
  const small_world& world = known.machines().world();
  const datagram_value& frame = known.frame(ref & ~copy_mark);
  const frame_text read = describe_frame(frame.bytes, {}, name_book(names_of(world)));
  std::string text = world.nodes[frame.from].name + " -> " + world.nodes[frame.to].name + ":";
  for (std::size_t i = 0; i < read.messages.size(); ++i) {
    text += (i > 0 ? " | " : " ") + read.messages[i];
  }
  if (read.messages.empty()) {
    text += read.session.empty() ? " an empty frame" : " " + read.session;
  }
  return text;
}

class teller final : public step_listener {
 public:
  teller(catalogue& known, std::vector<std::string>& lines)
      : known_(&known), names_(names_of(known.machines().world())), lines_(&lines) {}

  void stepped(machine_index at, node_ref before, std::uint32_t moment,
               const input& what) override {
    machine copy = known_->node(before);
    core::actions out;
    std::vector<happening> events;
    const datagram_value* frame =
        what.kind == input_kind::deliver ? &known_->frame(what.what) : nullptr;
    known_->machines().run(copy, at, what, frame, known_->time_of(moment), out, events);
    for (const happening& each : events) {
      const std::string request = " r" + std::to_string(each.request);
      if (each.kind == happening_kind::asked) {
        say(at, "asks:" + request);
      } else if (each.kind == happening_kind::unlocked_in_time) {
        say(at, "unlocked" + request + " in time");
      } else if (each.kind == happening_kind::unlocked_late) {
        say(at, "unlocked" + request + " too late");
      } else if (each.kind == happening_kind::token) {
        say(at, "takes token " + std::to_string(each.token));
      }
    }
    for (const core::action& said : out.list) {
      const auto* sent = std::get_if<core::send>(&said);
      if (sent == nullptr) {
        if (!std::holds_alternative<core::member_changed>(said)) {
          say(at, describe(said, copy.local(known_->time_of(moment)), names_));
        }
        continue;
      }
      const auto value = known_->machines().carry(at, *sent, out);
      if (value && !value->lock_messages.empty()) {
        for (const std::string& message : describe_frame(value->bytes, {}, names_).messages) {
          say(at, "says to " + name(value->to) + ": " + message);
        }
      }
    }
  }

 private:
  [[nodiscard]] const std::string& name(machine_index at) const {
    return known_->machines().world().nodes[at].name;
  }
  void say(machine_index at, const std::string& text) {
    lines_->push_back("    " + name(at) + " " + text);
  }

  catalogue* known_;
  name_book names_;
  std::vector<std::string>* lines_;
};

std::string describe_cut(const small_world& world, const cut& one) {
  const std::string& name = world.nodes[one.machine].name;
  switch (one.kind) {
    case cut_kind::none:
      return "nobody is cut off";
    case cut_kind::apart:
      return "the network cuts " + name + " off";
    case cut_kind::deaf:
      return name + " hears nothing any more, but is heard";
    case cut_kind::mute:
      return name + " is not heard any more, but hears";
  }
  return {};
}

}  // namespace

std::string describe_move(const catalogue& known, const world_state& from, const move& what) {
  const small_world& world = known.machines().world();
  switch (what.kind) {
    case move_kind::deliver:
      return "arrives " + text_of(known, what.what);
    case move_kind::deliver_copy:
      return "arrives, and a copy stays under way: " + text_of(known, what.what);
    case move_kind::lose:
      return "is lost " + text_of(known, what.what);
    case move_kind::tick:
      return world.nodes[what.what].name + " serves its timer";
    case move_kind::ask:
      return world.nodes[what.what].name + "'s user asks";
    case move_kind::unlock:
      return world.nodes[what.what].name + (known.book(from.book).find(what.what)->holds
                                                ? "'s user unlocks"
                                                : "'s user gives up");
    case move_kind::take_token:
      return world.nodes[what.what].name + "'s user takes a token";
    case move_kind::crash:
      return world.nodes[what.what].name + " crashes and starts again";
    case move_kind::cut_off:
      return describe_cut(world, unpacked_cut(what.what));
    case move_kind::heal:
      return "the network heals";
    case move_kind::pause:
    case move_kind::lapse: {
      const char* span = what.kind == move_kind::pause ? "half a lease" : "a lease";
      const bool late = what.what < world.nodes.size();
      return std::string(span) + " goes by" +
             (late ? ", and " + world.nodes[what.what].name + " is late with its timer" : "");
    }
  }
  return {};
}

std::vector<std::string> tell_story(catalogue& known, const world_state& first,
                                    const std::vector<move>& moves) {
  std::vector<std::string> lines;
  teller listener(known, lines);
  mover again(known);
  again.listen(&listener);
  world_state state = first;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    lines.push_back(std::to_string(i + 1) + ". " + describe_move(known, state, moves[i]));
    again.make(state, moves[i]);
  }
  return lines;
}

}  // namespace conclave::sim
