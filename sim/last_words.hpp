// What a process that is about to end says of the reason.
#pragma once

#include <string>

namespace conclave::sim {

// For terminate handlers: what the exception says that nobody caught.
[[nodiscard]] std::string last_words();

}  // namespace conclave::sim
