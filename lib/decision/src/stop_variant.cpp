#include "tactful/decision/stop_variant.hpp"

#include "ledger_fields.hpp"
#include "stopped_variants.hpp"
#include "tactful/core/text.hpp"
#include "tactful/decision/promote.hpp"

namespace tactful {
namespace {

Status check_words(const Experiment& experiment, const StopVariantRequest& request) {
  if (!same_person(request.by, request.by)) return nobody("a stop names who makes it");
  if (trim(request.reason).empty()) return Error{ErrorCode::kInvalidArgument, "a stop says why", "reason", ""};
  const auto index = experiment.variant_index(request.variant);
  if (!index) {
    return Error{ErrorCode::kNotFound, "the experiment has no variant \"" + printable(request.variant) + "\"",
                 "variant", ""};
  }
  if (*index > 0) return {};
  return Error{
      ErrorCode::kRefused,
      printable(request.variant) + " is control and cannot be stopped by itself: the others are compared with it",
      "variant", "to stop the pilot as a whole name no variant"};
}

Status check_state(const Lifecycle& lifecycle, const Experiment& experiment, const std::string& variant) {
  if (const VariantStop* stop = lifecycle.find_stop(variant)) {
    return Error{ErrorCode::kConflict, printable(stop_words(*stop, experiment.utc_offset)) + " already", "variant",
                 "nothing is left to do: senders obey at their next reload"};
  }
  if (lifecycle.state == Lifecycle::State::kStopped) {
    return Error{ErrorCode::kConflict, "the experiment is stopped already: everyone gets control", experiment.key,
                 "nothing is left to do: senders obey at their next reload"};
  }
  if (lifecycle.state != Lifecycle::State::kPromoted) return {};
  return Error{ErrorCode::kRefused, "the pilot is over: " + printable(lifecycle.variant) + " is promoted",
               experiment.key, "tactful demote takes the promotion back; tactful stop gives everyone control"};
}

}  // namespace

Result<std::vector<std::string>> check_variant_stop(const Experiment& experiment, const Ledger& ledger,
                                                    const StopVariantRequest& request) {
  if (const Status good = check_words(experiment, request); !good) return good.error();
  const auto lifecycle = lifecycle_of(experiment, ledger);
  if (!lifecycle) return lifecycle.error();
  if (const Status good = check_state(*lifecycle, experiment, request.variant); !good) return good.error();
  std::vector<std::string> others;
  for (std::size_t v = 1; v < experiment.variants.size(); ++v) {
    const Variant& variant = experiment.variants[v];
    if (variant.weight > 0 && variant.key != request.variant && lifecycle->find_stop(variant.key) == nullptr)
      others.push_back(variant.key);
  }
  return others;
}

Result<LedgerEntry> stop_variant(const std::filesystem::path& folder, const Experiment& experiment,
                                 const StopVariantRequest& request) {
  const std::filesystem::path path = Ledger::path_of(folder, experiment.key);
  const auto ledger = Ledger::read(path);
  if (!ledger) return ledger.error();
  if (const auto good = check_variant_stop(experiment, *ledger, request); !good) return good.error();
  Json body = Json::object();
  body.set("reason", std::string(trim(request.reason))).set("variant", request.variant);
  // No head is asked for: whatever came meanwhile, a stop stands, and twice is once.
  return Ledger::append(
      path, new_entry(experiment, LedgerAction::kStop, request.by, request.role, request.at, std::move(body)));
}

Status refuse_stopped(const Experiment& experiment, const std::vector<VariantStop>& stopped,
                      const std::string& variant) {
  const VariantStop* stop = find_stop(stopped, variant);
  if (stop == nullptr) return {};
  return Error{ErrorCode::kRefused,
               printable(stop_words(*stop, experiment.utc_offset)) + ", and nothing brings it back in this experiment",
               "variant", "to try it again run a new experiment, with a key of its own"};
}

}  // namespace tactful
