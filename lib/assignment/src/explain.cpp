#include "program.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

std::string ranges_text(const std::vector<BucketRange>& ranges) {
  std::string text;
  for (const BucketRange& range : ranges) {
    text += (text.empty() ? "" : ", ") + std::to_string(range.first) + " to " + std::to_string(range.last);
  }
  return text.empty() ? "none" : text;
}

Json ranges_json(const std::vector<BucketRange>& ranges, const std::vector<Variant>* variants) {
  Json list = Json::array();
  for (const BucketRange& range : ranges) {
    Json one = Json::object().set("first", std::to_string(range.first)).set("last", std::to_string(range.last));
    if (variants != nullptr) one.set("variant", (*variants)[range.variant].key);
    list.push_back(std::move(one));
  }
  return list;
}

std::string value_text(const JsValue& value) {
  if (value.is_null()) return "absent";
  char buffer[32];
  std::string storage;
  const std::string text(to_text(value, buffer, storage));
  return value.kind == JsValue::Kind::kText ? "\"" + printable(text) + "\"" : text;
}

// The least fraction at which the bucket would be admitted, where raising it drops nobody.
std::optional<Fraction> admitted_from(const AssignmentProgram& p, bool by_traffic, std::uint64_t bucket) {
  if (p.scheme == Scheme::kLaunchDarkly || (!by_traffic && !p.experiment.hashing.ranges.empty())) return std::nullopt;
  const auto admits = [&](std::int32_t part) {
    const auto share = make_share(p.scheme, p.experiment, Fraction{part});
    if (!share) return false;
    if (by_traffic) return !share->traffic || share->traffic->admits(bucket);
    return find_range(share->split, bucket) != nullptr;
  };
  // Statsig and Unleash count in coarser parts than millionths.
  const std::int32_t unit = p.scheme == Scheme::kUnleash ? 10'000 : p.scheme == Scheme::kStatsig ? 100 : 1;
  std::int32_t low = 0;
  std::int32_t high = Fraction::kWhole / unit;
  if (!admits(Fraction::kWhole)) return std::nullopt;
  while (low < high) {
    const std::int32_t middle = low + (high - low) / 2;
    if (admits(middle * unit)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return Fraction{low * unit};
}

void append_admitted_from(std::optional<Fraction> from, std::string& text, Json& values) {
  if (!from) return;
  const Json fraction = static_cast<double>(from->millionths) / Fraction::kWhole;
  text += "; in from the fraction " + fraction.dump() + " on";
  values.set("admitted_from_fraction", fraction);
}

class Recorder {
 public:
  Recorder(const AssignmentProgram& program, std::vector<ExplainedCheck>& checks)
      : program_(&program), checks_(&checks) {}

  template <typename Describe>
  void operator()(const char* check, bool decided, Describe&& describe) const {
    ExplainedCheck one{check, decided, "", Json::object()};
    name_ = check;
    describe(one.text, one.values);
    checks_->push_back(std::move(one));
  }

  void describe_scope(const AssignmentProgram& p, const Facts& facts, std::string& text, Json& values) const {
    const auto failed = p.scope.first_mismatch(facts.attributes);
    if (!failed) {
      text = "matches";
    } else {
      const std::string& member = p.experiment.scope.as_object()[*failed].first;
      text = "\"" + printable(member) + "\": " + printable(p.experiment.scope.as_object()[*failed].second.dump()) +
             " does not hold";
      values.set("member", append_pointer("/scope", member));
    }
    Json read = Json::object();
    const auto names = p.scope.names();
    for (std::size_t slot = 0; slot < names.size(); ++slot) {
      const std::string value = value_text(facts.attributes.find(names[slot], static_cast<std::uint16_t>(slot)));
      text += "; " + printable(names[slot]) + " = " + value;
      read.set(names[slot], value);
    }
    values.set("attributes", std::move(read));
  }

  void describe_gate(const Gate& gate, std::uint64_t bucket, std::string& text, Json& values) const {
    const bool holds = name_ == "holdout" || name_ == "holdback";
    text = "seed \"" + printable(gate.source.seed()) + "\": bucket " + std::to_string(bucket) + " of " +
           gate.source.size_text() + (holds ? "; held: " : "; admitted: ") + ranges_text(gate.ranges);
    values.set("seed", printable(gate.source.seed()))
        .set("bucket", std::to_string(bucket))
        .set("of", gate.source.size_text())
        .set(holds ? "held" : "admitted", ranges_json(gate.ranges, nullptr));
    if (name_ == "traffic") append_admitted_from(admitted_from(*program_, true, bucket), text, values);
  }

  void describe_split(const AssignmentProgram& p, const ProgramStep& step, std::uint64_t bucket, std::string& text,
                      Json& values) const {
    text = "seed \"" + printable(p.split.seed()) + "\": bucket " + std::to_string(bucket) + " of " +
           p.split.size_text() + "; ";
    for (const BucketRange& range : step.share.split) {
      text += p.experiment.variants[range.variant].key + ": " + std::to_string(range.first) + " to " +
              std::to_string(range.last) + ", ";
    }
    text.resize(text.size() - 2);
    values.set("seed", printable(p.split.seed()))
        .set("bucket", std::to_string(bucket))
        .set("of", p.split.size_text())
        .set("ranges", ranges_json(step.share.split, &p.experiment.variants));
    if (find_range(step.share.split, bucket) == nullptr)
      append_admitted_from(admitted_from(p, false, bucket), text, values);
  }

 private:
  const AssignmentProgram* program_;
  std::vector<ExplainedCheck>* checks_;
  mutable std::string_view name_;  // of the check being described
};

}  // namespace

Explanation Assigner::explain(const Subject& subject, TimeMs now) const {
  const AssignmentProgram& p = *program_;
  Explanation result;
  result.assignment = decide(p, {subject.unit, subject.cluster, AttributeSource(subject.attributes), subject.sticky},
                             now, Recorder(p, result.checks));
  result.variant = p.experiment.variants[result.assignment.variant].key;
  result.randomised_id = randomised_id(p.experiment, subject.unit, subject.cluster, now);
  result.fingerprint = p.fingerprint;
  return result;
}

std::string Explanation::to_text() const {
  std::string text;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const ExplainedCheck& one = checks[i];
    text += std::to_string(i + 1) + ". " + one.check + ": " + (one.decided ? "decides" : "passed") +
            (one.text.empty() ? "" : "; " + one.text) + "\n";
  }
  return text + "=> variant \"" + printable(variant) + "\", reason " +
         std::string(tactful::to_string(assignment.reason)) + (assignment.enrolled ? ", enrolled" : ", not enrolled") +
         ", randomised id \"" + printable(randomised_id) + "\", fingerprint " + fingerprint + "\n";
}

Json Explanation::to_json() const {
  Json list = Json::array();
  for (const ExplainedCheck& one : checks) {
    list.push_back(Json::object()
                       .set("check", one.check)
                       .set("decided", one.decided)
                       .set("text", one.text)
                       .set("values", one.values));
  }
  return Json::object()
      .set("variant", variant)
      .set("reason", tactful::to_string(assignment.reason))
      .set("enrolled", assignment.enrolled)
      .set("remember", assignment.remember)
      .set("bucket", std::to_string(assignment.bucket))
      .set("randomised_id", printable(randomised_id))
      .set("fingerprint", fingerprint)
      .set("checks", std::move(list));
}

}  // namespace tactful
