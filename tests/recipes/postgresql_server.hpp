// A PostgreSQL server of one's own, in a folder of its own, reached through a socket in there.
#pragma once

#include <sys/types.h>

#include <string>

namespace conclave::recipes {

class postgresql_server {
 public:
  // Throws std::runtime_error, with what the server said, when it cannot be made or started.
  postgresql_server();
  postgresql_server(const postgresql_server&) = delete;
  postgresql_server& operator=(const postgresql_server&) = delete;
  // Stops this server and removes the folder. It ends with this process too, however that ends.
  ~postgresql_server();

  // For PQconnectdb.
  [[nodiscard]] std::string address() const;

 private:
  void start();
  [[nodiscard]] std::string log() const;

  std::string folder_;
  pid_t id_ = -1;
};

}  // namespace conclave::recipes
