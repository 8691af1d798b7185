// Who is due, and who was charged: the resource that the lock protects. It checks tokens.
#pragma once

#include <conclave/fencing_token.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace billing {

// What the service needs of its database.
class ledger {
 public:
  virtual ~ledger() = default;

  // Empty also when a greater token was seen. Whoever asks shows its token by that: from then on no
  // older holder can write.
  virtual boost::asio::awaitable<std::vector<std::string>> due(conclave::fencing_token token) = 0;
  // False, and nothing is charged, when a greater token was seen.
  virtual boost::asio::awaitable<bool> charge(std::string customer,
                                              conclave::fencing_token token) = 0;
  // For clerks, who hold no lock: checks nothing.
  virtual boost::asio::awaitable<void> charge_by_hand(std::string customer) = 0;
};

// In a real service it is a table, and the check is a part of each statement:
//   UPDATE customers SET charged = charged + 1, token = :token WHERE id = :id AND token <= :token
class ledger_in_memory final : public ledger {
 public:
  using executor = boost::asio::any_io_executor;

  // `travel`: how long a question is under way, and its answer. `where` runs what is under way, so
  // that it arrives whatever becomes of who sent it.
  ledger_in_memory(executor where, std::size_t customers,
                   std::function<boost::asio::awaitable<void>()> travel)
      : where_(std::move(where)), travel_(std::move(travel)) {
    for (std::size_t i = 1; i <= customers; ++i) {
      charges_["customer " + std::to_string(i)] = 0;
    }
  }

  boost::asio::awaitable<std::vector<std::string>> due(conclave::fencing_token token) override {
    return boost::asio::co_spawn(where_, answer_due(token), boost::asio::use_awaitable);
  }
  boost::asio::awaitable<bool> charge(std::string customer,
                                      conclave::fencing_token token) override {
    return boost::asio::co_spawn(where_, write(std::move(customer), token),
                                 boost::asio::use_awaitable);
  }
  boost::asio::awaitable<void> charge_by_hand(std::string customer) override {
    return boost::asio::co_spawn(where_, write_unchecked(std::move(customer)),
                                 boost::asio::use_awaitable);
  }

  [[nodiscard]] bool all_charged() const {
    return std::ranges::all_of(charges_, [](const auto& each) { return each.second > 0; });
  }
  [[nodiscard]] bool charged_twice() const {
    return std::ranges::any_of(charges_, [](const auto& each) { return each.second > 1; });
  }

 private:
  boost::asio::awaitable<std::vector<std::string>> answer_due(conclave::fencing_token token) {
    co_await travel_();
    std::vector<std::string> customers;
    if (admit(token)) {
      for (const auto& [customer, charges] : charges_) {
        if (charges == 0) {
          customers.push_back(customer);
        }
      }
    }
    co_await travel_();
    co_return customers;
  }

  boost::asio::awaitable<bool> write(std::string customer, conclave::fencing_token token) {
    co_await travel_();
    const bool admitted = admit(token);
    if (admitted) {
      ++charges_[customer];
    }
    co_await travel_();
    co_return admitted;
  }

  boost::asio::awaitable<void> write_unchecked(std::string customer) {
    co_await travel_();
    ++charges_[customer];
    co_await travel_();
  }

  bool admit(conclave::fencing_token token) {
    greatest_ = std::max(greatest_, token);
    return token == greatest_;
  }

  executor where_;
  std::function<boost::asio::awaitable<void>()> travel_;
  std::map<std::string, int> charges_;
  conclave::fencing_token greatest_;
};

}  // namespace billing
