#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "condition.hpp"
#include "scheme_rules.hpp"
#include "tactful/assignment/assigner.hpp"

namespace tactful {

/// From `from` on.
struct ProgramStep {
  TimeMs from = 0;
  Share share;
};

/// One experiment ready to assign. All of it is made once, by compile_program().
struct AssignmentProgram {
  Experiment experiment;  // for explain() and edits
  Lifecycle lifecycle;
  std::string fingerprint;
  std::uint64_t version = 0;
  Scheme scheme = Scheme::kTactful1;
  Condition scope;
  std::vector<std::pair<std::string, std::uint16_t>> overrides;  // by unit, sorted
  std::vector<Gate> holdouts;                                    // admit what is held out
  std::optional<Gate> layer;
  std::vector<Gate> filters;
  std::vector<ProgramStep> ramp;
  BucketSource split;
  Gate holdback;  // admits what stays on control after promotion
  std::uint16_t promoted = 0;
  std::vector<bool> stopped;  // by variant; empty where none was stopped by itself

  [[nodiscard]] bool is_stopped(std::uint16_t variant) const noexcept { return !stopped.empty() && stopped[variant]; }
  [[nodiscard]] const ProgramStep* step_at(TimeMs now) const noexcept {
    for (auto step = ramp.rbegin(); step != ramp.rend(); ++step) {
      if (step->from <= now) return &*step;
    }
    return nullptr;
  }
};

/// Errors: as Assigner::compile().
[[nodiscard]] Result<AssignmentProgram> compile_program(const Experiment& experiment, const Lifecycle& lifecycle);

/// Who is assigned, wherever the attributes come from.
struct Facts {
  std::string_view unit;
  std::string_view cluster;
  AttributeSource attributes;
  StickyChoice sticky;
};

/// A switchback's time slot as text.
class SlotText {
 public:
  SlotText(const Experiment& experiment, TimeMs now) noexcept {
    if (experiment.switchback_ms <= 0) return;
    const TimeMs since = now - experiment.pilot.start;
    const TimeMs slot = since / experiment.switchback_ms - (since % experiment.switchback_ms < 0 ? 1 : 0);
    size_ = static_cast<std::size_t>(std::to_chars(buffer_, buffer_ + sizeof buffer_, slot).ptr - buffer_);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {buffer_, size_}; }

 private:
  char buffer_[24] = {};
  std::size_t size_ = 0;
};

/// Does not look.
struct NoTrace {
  template <typename Describe>
  void operator()(const char*, bool, Describe&&) const noexcept {}
  static void describe_scope(const AssignmentProgram&, const Facts&, std::string&, Json&) {}
  static void describe_gate(const Gate&, std::uint64_t, std::string&, Json&) {}
  static void describe_split(const AssignmentProgram&, const ProgramStep&, std::uint64_t, std::string&, Json&) {}
};

/// The decision, the same code for assign() and explain(): `trace(check, decided, describe)` is called for each check,
/// and describe(text, values) fills in the details where they are wanted.
template <typename Trace>
[[nodiscard]] Assignment decide(const AssignmentProgram& p, const Facts& facts, TimeMs now, const Trace& trace) {
  const Experiment& e = p.experiment;
  const auto say = [&](AssignmentReason reason, std::uint16_t variant, bool enrolled, std::uint64_t bucket = 0) {
    return Assignment{bucket, p.version, variant, reason, enrolled, false};
  };
  const auto control = [&](AssignmentReason reason) { return say(reason, 0, false); };
  const auto no_details = [](std::string&, Json&) {};
  const auto instead_of = [&](std::uint16_t variant, std::uint64_t bucket) {
    trace("variant_stopped", true, [&](std::string& text, Json& values) {
      const VariantStop* stop = p.lifecycle.find_stop(e.variants[variant].key);
      const std::string at = stop == nullptr ? std::string() : format_time(stop->at, e.utc_offset);
      text = "\"" + e.variants[variant].key + "\" was stopped by itself at " + at + ": control instead, not enrolled";
      values.set("variant", e.variants[variant].key).set("stopped_at", at);
    });
    return say(AssignmentReason::kVariantStopped, 0, false, bucket);
  };
  using Reason = AssignmentReason;

  const bool stopped = p.lifecycle.state == Lifecycle::State::kStopped;
  trace("stopped", stopped, no_details);
  if (stopped) return control(Reason::kStopped);

  const bool switches = e.switchback_ms > 0;
  const std::string_view id = e.is_clustered() && !switches ? facts.cluster : facts.unit;
  const bool has_unit = !id.empty() && !facts.unit.empty();
  trace("unit", !has_unit, no_details);
  if (!has_unit) return control(Reason::kNoUnit);

  if (!p.overrides.empty()) {
    const auto less = [](const auto& entry, std::string_view unit) { return entry.first < unit; };
    const auto found = std::lower_bound(p.overrides.begin(), p.overrides.end(), facts.unit, less);
    const bool overridden = found != p.overrides.end() && found->first == facts.unit;
    const bool is_stopped = overridden && p.is_stopped(found->second);
    trace("override", overridden && !is_stopped, no_details);
    if (is_stopped) return instead_of(found->second, 0);
    if (overridden) return say(Reason::kOverride, found->second, false);
  }

  const bool pilot = p.lifecycle.state == Lifecycle::State::kPilot;
  std::optional<std::uint16_t> remembered;
  if (pilot) {
    const auto against = [&](TimeMs bound) {
      return [&, bound](std::string& text, Json& values) {
        text = "now " + format_time(now, e.utc_offset) + ", bound " + format_time(bound, e.utc_offset);
        values.set("now", now).set("bound", bound);
      };
    };
    trace("start", now < e.pilot.start, against(e.pilot.start));
    if (now < e.pilot.start) return control(Reason::kNotStarted);
    trace("enrolment_end", now >= e.plan.enrolment_end, against(e.plan.enrolment_end));
    if (now >= e.plan.enrolment_end) return control(Reason::kEnrolmentEnded);
    if (e.sticky.is_on) {
      const StickyChoice& choice = facts.sticky;
      const bool blocked = !choice.variant.empty() && choice.version < e.sticky.minimum_version;
      if (!blocked && !choice.variant.empty() && choice.version == e.sticky.version) {
        const auto index = e.variant_index(choice.variant);
        if (index) remembered = static_cast<std::uint16_t>(*index);
      }
      trace("sticky", blocked, [&](std::string& text, Json& values) {
        text = choice.variant.empty()
                   ? "nothing is remembered"
                   : "remembered: \"" + std::string(choice.variant) + "\" of version " +
                         std::to_string(choice.version) + "; now version " + std::to_string(e.sticky.version) +
                         ", at least " + std::to_string(e.sticky.minimum_version);
        values.set("variant", choice.variant).set("version", choice.version).set("kept", remembered.has_value());
      });
      if (blocked) return control(Reason::kStickyBlocked);
    }
  }

  if (!remembered) {
    const bool matches = p.scope.matches(facts.attributes);
    trace("scope", !matches, [&](std::string& text, Json& values) { trace.describe_scope(p, facts, text, values); });
    if (!matches) return control(Reason::kOutOfScope);
  }

  // The unit, not a switchback's slot, is what layers, filters, holdouts and the holdback keep apart.
  const std::string_view steady = e.is_clustered() && !facts.cluster.empty() ? facts.cluster : facts.unit;
  for (const Gate& gate : p.holdouts) {
    const std::uint64_t bucket = gate.source.bucket(steady);
    const bool held = gate.admits(bucket);
    trace("holdout", held, [&](std::string& text, Json& values) { trace.describe_gate(gate, bucket, text, values); });
    if (held) return say(Reason::kHoldout, 0, true);
  }

  if (!pilot) {
    const std::uint64_t bucket = p.holdback.source.bucket(steady);
    const bool kept = p.holdback.admits(bucket);
    trace("holdback", true,
          [&](std::string& text, Json& values) { trace.describe_gate(p.holdback, bucket, text, values); });
    return kept ? say(Reason::kHoldback, 0, true) : say(Reason::kPromoted, p.promoted, true);
  }
  if (remembered) {
    trace("remembered", !p.is_stopped(*remembered), no_details);
    if (p.is_stopped(*remembered)) return instead_of(*remembered, 0);
    return say(Reason::kSticky, *remembered, true);
  }

  const auto passes = [&](const char* name, const Gate& gate, std::string_view who, std::string_view slot) {
    const std::uint64_t bucket = gate.source.bucket(who, slot);
    const bool admitted = gate.admits(bucket);
    trace(name, !admitted, [&](std::string& text, Json& values) { trace.describe_gate(gate, bucket, text, values); });
    return admitted;
  };
  if (p.layer && !passes("layer", *p.layer, steady, {})) return control(Reason::kNotInLayer);
  for (const Gate& gate : p.filters) {
    if (!passes("filter", gate, steady, {})) return control(Reason::kFilteredOut);
  }

  const ProgramStep* step = p.step_at(now);
  if (step == nullptr) {
    trace("ramp", true, no_details);
    return control(Reason::kNotInTraffic);
  }
  const SlotText slot(e, now);
  const std::string_view drawn_id = switches ? facts.cluster : id;
  if (step->share.traffic && !passes("traffic", *step->share.traffic, drawn_id, slot.view()))
    return control(Reason::kNotInTraffic);
  const std::uint64_t bucket = p.split.bucket(drawn_id, slot.view());
  const BucketRange* range = find_range(step->share.split, bucket);
  const bool is_stopped = range != nullptr && p.is_stopped(range->variant);
  trace("variant", !is_stopped,
        [&](std::string& text, Json& values) { trace.describe_split(p, *step, bucket, text, values); });
  if (range == nullptr) return say(Reason::kNotInTraffic, 0, false, bucket);
  if (is_stopped) return instead_of(range->variant, bucket);
  Assignment assigned = say(Reason::kAssigned, range->variant, true, bucket);
  assigned.remember = e.sticky.is_on;
  return assigned;
}

}  // namespace tactful
