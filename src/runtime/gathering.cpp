// Parts that wait for each other.
#include "runtime/gathering.hpp"

#include <utility>

namespace conclave::runtime {

namespace {

struct gathering {
  std::unique_ptr<detail::completion<std::vector<grant>>> whole;
  std::vector<grant> grants;
  std::size_t missing = 0;
  boost::system::error_code error;
};

class part final : public detail::completion<grant> {
 public:
  part(std::shared_ptr<gathering> of, std::size_t place) : of_(std::move(of)), place_(place) {}

  void complete(detail::invocation how, boost::system::error_code error, grant held) override {
    of_->grants[place_] = std::move(held);
    if (error && !of_->error) {
      of_->error = error;
    }
    if (--of_->missing > 0) {
      return;
    }
    // With an error no part has a grant.
    of_->whole->complete(how, of_->error,
                         of_->error ? std::vector<grant>() : std::move(of_->grants));
  }

 private:
  std::shared_ptr<gathering> of_;
  std::size_t place_;
};

}  // namespace

std::vector<lock_completion> gather(std::unique_ptr<detail::completion<std::vector<grant>>> whole,
                                    std::size_t parts) {
  const auto all = std::make_shared<gathering>();
  all->whole = std::move(whole);
  all->grants.resize(parts);
  all->missing = parts;
  std::vector<lock_completion> made;
  for (std::size_t i = 0; i < parts; ++i) {
    made.push_back(std::make_unique<part>(all, i));
  }
  return made;
}

}  // namespace conclave::runtime
