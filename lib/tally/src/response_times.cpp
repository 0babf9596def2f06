#include "tactful/tally/response_times.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace tactful {
namespace {

constexpr std::string_view kReserved = "reserved", kReleased = "released", kResponded = "responded";

struct Codes {
  std::int32_t experiment = 0;
  std::optional<std::int32_t> phase, reserved, released, responded;
  std::vector<std::pair<std::int32_t, std::size_t>> variants;

  [[nodiscard]] std::optional<std::size_t> variant_of(std::int32_t code) const {
    for (const auto& [known, index] : variants)
      if (known == code) return index;
    return std::nullopt;
  }
};

struct FirstExposure {
  TimeMs at = 0;
  std::size_t variant = 0;
};

/// Something at a moment for a unit; ordered by unit, then time.
using Moment = std::pair<UnitId, TimeMs>;

struct Arm {
  ArmResponses counts;
  TimeMs stopped_at = std::numeric_limits<TimeMs>::max();
  std::vector<TimeMs> times;
};

class ResponseScan {
 public:
  ResponseScan(const Experiment& experiment, const EventSource& source, const ResponseOptions& options, Codes codes)
      : experiment_(experiment), source_(source), options_(options), codes_(std::move(codes)) {
    arms_.resize(experiment.variants.size());
    for (std::size_t i = 0; i < arms_.size(); ++i) {
      arms_[i].counts.variant = experiment.variants[i].key;
      for (const VariantStop& stop : options.stopped) {
        if (stop.variant == arms_[i].counts.variant) arms_[i].stopped_at = stop.at;
      }
    }
  }

  [[nodiscard]] Status run(std::size_t partition) {
    units_.clear(), reserved_.clear(), released_.clear(), responses_.clear();
    if (Status done = source_.scan_exposures(partition, codes_.experiment, options_.as_of,
                                             [this](const ExposureBlock& block) { add_exposures(block); });
        !done)
      return done;
    if (units_.empty()) return {};
    has_units_ = true;
    if (Status done = source_.scan_contacts(partition, codes_.experiment, options_.as_of,
                                            [this](const ContactBlock& block) { add_contacts(block); });
        !done)
      return done;
    if (reserved_.empty()) return {};
    if (codes_.responded) {
      const std::int32_t kinds[] = {*codes_.responded};
      if (Status done = source_.scan_outcomes(partition, kinds, std::numeric_limits<TimeMs>::min(), options_.as_of,
                                              [this](const OutcomeBlock& block) { add_responses(block); });
          !done)
        return done;
    }
    join();
    return {};
  }

  [[nodiscard]] bool has_units() const noexcept { return has_units_; }

  [[nodiscard]] std::vector<ArmResponses> arms() {
    std::vector<ArmResponses> result;
    for (Arm& arm : arms_) {
      std::sort(arm.times.begin(), arm.times.end());
      const std::size_t n = arm.times.size();
      // The smallest that holds for a share of q/4: the ceil(n q / 4)-th.
      const auto quartile = [&](std::size_t q) { return arm.times[(n * q + 3) / 4 - 1]; };
      if (n > 0) arm.counts.quartiles = {quartile(1), quartile(2), quartile(3)};
      result.push_back(arm.counts);
    }
    return result;
  }

 private:
  void add_exposures(const ExposureBlock& block) {
    const bool is_pilot = options_.phase == "pilot";
    for (std::size_t i = 0; i < block.unit.size(); ++i) {
      const TimeMs at = block.at[i];
      if (block.phase[i] != codes_.phase || at >= options_.as_of) continue;
      if (is_pilot && (at < experiment_.pilot.start || at >= experiment_.plan.enrolment_end)) continue;
      const auto variant = codes_.variant_of(block.variant[i]);
      if (!variant) continue;
      const auto [entry, is_new] = units_.try_emplace(block.unit[i], FirstExposure{at, *variant});
      FirstExposure& first = entry->second;
      if (!is_new && std::pair(at, *variant) < std::pair(first.at, first.variant)) first = {at, *variant};
    }
  }

  void add_contacts(const ContactBlock& block) {
    for (std::size_t i = 0; i < block.unit.size(); ++i) {
      if (block.phase[i] != codes_.phase || block.at[i] >= options_.as_of) continue;
      const auto unit = units_.find(block.unit[i]);
      if (unit == units_.end() || block.at[i] < unit->second.at) continue;
      if (block.reason[i] == codes_.reserved) reserved_.emplace_back(block.unit[i], block.at[i]);
      if (block.reason[i] == codes_.released) released_.emplace_back(block.unit[i], block.at[i]);
    }
  }

  void add_responses(const OutcomeBlock& block) {
    for (std::size_t i = 0; i < block.unit.size(); ++i) {
      if (block.kind[i] == codes_.responded && block.at[i] < options_.as_of && units_.count(block.unit[i]) != 0)
        responses_.emplace_back(block.unit[i], block.at[i]);
    }
  }

  void join() {
    std::sort(reserved_.begin(), reserved_.end());
    std::sort(released_.begin(), released_.end());
    std::sort(responses_.begin(), responses_.end());
    // A contact that was given back is dated as its reservation was; each takes one away.
    std::vector<Moment> contacts;
    std::set_difference(reserved_.begin(), reserved_.end(), released_.begin(), released_.end(),
                        std::back_inserter(contacts));
    for (std::size_t i = 0; i < contacts.size(); ++i) {
      const bool is_last = i + 1 == contacts.size() || contacts[i + 1].first != contacts[i].first;
      count(contacts[i], is_last ? std::numeric_limits<TimeMs>::max() : contacts[i + 1].second);
    }
  }

  void count(const Moment& contact, TimeMs next) {
    Arm& arm = arms_[units_.at(contact.first).variant];
    if (contact.second >= arm.stopped_at) return;
    const auto response = std::lower_bound(responses_.begin(), responses_.end(), contact);
    const bool is_answered =
        response != responses_.end() && response->first == contact.first && response->second < next;
    const bool is_due = options_.within && options_.as_of - contact.second >= *options_.within;
    ++arm.counts.contacts;
    if (is_due) ++arm.counts.due;
    if (!is_answered) return;
    ++arm.counts.answered;
    const TimeMs took = response->second - contact.second;
    if (is_due && took <= *options_.within) ++arm.counts.in_time;
    if (is_due || !options_.within) arm.times.push_back(took);
  }

  const Experiment& experiment_;
  const EventSource& source_;
  const ResponseOptions& options_;
  const Codes codes_;
  bool has_units_ = false;
  std::unordered_map<UnitId, FirstExposure> units_;
  std::vector<Moment> reserved_, released_, responses_;
  std::vector<Arm> arms_;
};

Error nothing(const char* what, const Experiment& experiment, const std::string& phase, const char* hint) {
  return {ErrorCode::kInsufficientData,
          std::string("the source has no ") + what + " of \"" + experiment.key + "\" in the phase " + phase, "", hint};
}

}  // namespace

std::optional<double> ArmResponses::share_in_time() const noexcept {
  if (due == 0) return std::nullopt;
  return static_cast<double>(in_time) / static_cast<double>(due);
}

Result<ResponseTimes> response_times(const Experiment& experiment, const EventSource& source,
                                     const ResponseOptions& options) {
  if (options.within && *options.within <= 0)
    return Error{ErrorCode::kInvalidArgument, "the deadline of a response is not positive", "within", "such as 2d"};
  const auto key = source.code(experiment.key);
  Codes codes{key.value_or(0),        source.code(options.phase), source.code(kReserved),
              source.code(kReleased), source.code(kResponded),    {}};
  for (std::size_t i = 0; i < experiment.variants.size(); ++i) {
    if (const auto code = source.code(experiment.variants[i].key)) codes.variants.emplace_back(*code, i);
  }
  ResponseScan scan(experiment, source, options, std::move(codes));
  for (std::size_t partition = 0; key && partition < source.partitions(); ++partition) {
    if (Status done = scan.run(partition); !done) return done.error();
  }
  if (!scan.has_units()) return nothing("exposure", experiment, options.phase, "collect the senders' journals first");
  ResponseTimes result{experiment.key, options.phase, options.as_of, options.within, scan.arms()};
  const bool any =
      std::any_of(result.arms.begin(), result.arms.end(), [](const auto& arm) { return arm.contacts > 0; });
  if (!any)
    return nothing("contact", experiment, options.phase, "senders record one where they reserve before they send");
  return result;
}

Json to_json(const ResponseTimes& times) {
  Json arms = Json::array();
  for (const ArmResponses& arm : times.arms) {
    Json object = Json::object().set("variant", arm.variant).set("contacts", arm.contacts);
    object.set("answered", arm.answered);
    object.set("due", times.within ? Json(arm.due) : Json()).set("in_time", times.within ? Json(arm.in_time) : Json());
    const auto share = arm.share_in_time();
    object.set("share_in_time", share ? Json(*share) : Json());
    Json quartiles = Json::object();
    const char* const names[] = {"quarter_ms", "half_ms", "three_quarters_ms"};
    for (std::size_t i = 0; i < 3; ++i) quartiles.set(names[i], arm.quartiles ? Json((*arm.quartiles)[i]) : Json());
    arms.push_back(object.set("answered_within", std::move(quartiles)));
  }
  Json object = Json::object().set("schema", "tactful/responses/1").set("experiment", times.experiment);
  object.set("phase", times.phase).set("as_of", format_time(times.as_of));
  object.set("within", times.within ? Json(format_duration(*times.within)) : Json());
  return object.set("variants", std::move(arms));
}

}  // namespace tactful
