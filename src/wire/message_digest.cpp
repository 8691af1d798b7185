// Messages into a running hash: over their bytes, so that no field can be forgotten.
#include "wire/archive.hpp"
#include "wire/message.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace conclave::core {

void add_to(digest& sum, const message& content) {
  std::vector<std::byte> bytes;
  byte_writer writer(bytes);
  std::visit([&](const auto& one) { writer& one; }, content);
  sum.add(content.index());
  sum.add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace conclave::core
