#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tactful/core/json.hpp"
#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/experiment/experiment.hpp"
#include "tactful/experiment/ledger.hpp"

namespace tactful {

/// Reads the members of one ledger entry's body and remembers the first that is missing or of another type, so that the
/// reader is one straight line.
class BodyReader {
 public:
  explicit BodyReader(const LedgerEntry& entry) : entry_(entry) {}

  /// The text; empty after a failure.
  std::string text(std::string_view member);
  /// The text, or empty where it is absent.
  std::string optional_text(std::string_view member);
  std::int64_t integer(std::string_view member);
  TimeMs time(std::string_view member);
  /// The object, or an empty one after a failure.
  const Json& object(std::string_view member);
  const Json::Array& list(std::string_view member);

  /// kInvalidExperiment naming the ledger entry and the member.
  [[nodiscard]] const Status& status() const { return status_; }
  void fail(std::string message);

 private:
  const Json* find(std::string_view member, std::string_view type);
  const LedgerEntry& entry_;
  Status status_;
};

/// An entry of the experiment's present version, to be appended.
[[nodiscard]] LedgerEntry new_entry(const Experiment& experiment, LedgerAction action, std::string by, std::string role,
                                    TimeMs at, Json body);

/// How a promotion rolls out, as the policy says it: kept in approvals and promotions, since it is outside the
/// fingerprint.
[[nodiscard]] Json rollout_policy(const Policy& policy);

/// kInvalidArgument saying that a name is missing.
[[nodiscard]] Error nobody(std::string message);

}  // namespace tactful
