// The smallest user of the library: a cluster of one, one lock, its token.
#include <conclave/conclave.hpp>

#include <cstdlib>
#include <iostream>
#include <mutex>

int main() {
  conclave::node node({
      .name = "alone",
      .bind = "127.0.0.1:0",
      .voters = {"alone"},
      .new_cluster = true,
  });
  node.join();

  conclave::mutex orders(node, "orders/42");
  const std::scoped_lock guard(orders);
  std::cout << "token " << orders.token().value() << "\n";
  return orders.token() ? EXIT_SUCCESS : EXIT_FAILURE;
}
