// Keeps real threads out of simulated worlds.
#pragma once

namespace conclave::runtime {

// The calling thread belongs to a world from here on; worlds may be nested. `words`: why a node
// must not start a thread there, and what to do instead.
void enter_world(const char* words) noexcept;
void leave_world() noexcept;

// Throws std::logic_error with the words on the thread of a world.
void refuse_thread_in_world();

}  // namespace conclave::runtime
