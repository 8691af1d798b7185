// Words for what observers are told.
#include "sim/observer.hpp"

namespace conclave::sim {

std::string_view to_string(loss why) {
  switch (why) {
    case loss::lost:
      return "lost";
    case loss::blocked:
      return "blocked";
    case loss::nobody:
      return "nobody there";
    case loss::queue_full:
      return "queue full";
    case loss::asleep:
      return "machine suspended";
    case loss::no_buffer:
      return "no buffer";
  }
  return "?";
}

}  // namespace conclave::sim
