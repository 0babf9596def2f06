#include "tactful/sender/sender.hpp"

#include <new>
#include <utility>

#include "segment_values.hpp"
#include "tactful/core/key.hpp"

namespace tactful {
namespace {

constexpr std::string_view kMissingField = "missing_field", kNoText = "no_text", kHoldoutPhase = "holdout";

// Idempotent: the same message of the same unit at the same millisecond is one event.
std::string event_id_of(EventType type, const CompiledExperiment& compiled, std::string_view phase, TimeMs now) {
  std::string id(to_string(type));
  id.append("/").append(compiled.experiment.key).append("/").append(phase).append("/");
  return id.append(std::to_string(now));
}

// An exposure and an outcome of one message may have one id; identity does not know the type. The form is the import's.
std::string exposure_id(const CompiledExperiment& compiled, std::string_view client_id) {
  std::string id("exposure:");
  return id.append(compiled.experiment.key).append(":").append(client_id);
}

// What was randomised, where that is not the unit: a switchback's exposures carry their time slot.
std::string cluster_of(const CompiledExperiment& compiled, const Subject& subject, TimeMs now) {
  if (!compiled.experiment.is_clustered()) return {};
  return randomised_id(compiled.experiment, subject.unit, subject.cluster, now);
}

Error out_of_memory() { return {ErrorCode::kUnavailable, "out of memory while recording or rendering", "", ""}; }

class CatalogueSender final : public Sender {
 public:
  CatalogueSender(std::unique_ptr<Catalogue> catalogue, std::unique_ptr<Journal> journal, std::string_view source,
                  LogSink* log)
      : catalogue_(std::move(catalogue)), journal_(std::move(journal)), source_(source), log_(log) {}

  [[nodiscard]] Decision decide(std::string_view experiment, const Subject& subject,
                                TimeMs now) const noexcept override {
    auto snapshot = catalogue_->snapshot();
    const CompiledExperiment* compiled = snapshot->find(experiment);
    const Assignment assignment = compiled != nullptr ? compiled->assigner.assign(subject, now) : Assignment{};
    return make_decision(std::move(snapshot), compiled, assignment);
  }

  Status expose(const Decision& decision, const Subject& subject, TimeMs now, std::string_view channel,
                std::string_view event_id, Journal::Ack ack) override {
    if (!decision.enrolled || decision.experiment() == nullptr) return {};
    try {
      const CompiledExperiment& compiled = *decision.experiment();
      const SegmentValues segments(compiled.experiment.segments, subject.attributes);
      const std::string id = event_id.empty() ? event_id_of(EventType::kExposure, compiled, decision.phase, now)
                                              : exposure_id(compiled, event_id);
      const std::string cluster = cluster_of(compiled, subject, now);
      Event event = event_of(EventType::kExposure, decision, subject, now, channel, cluster);
      event.event_id = id;
      event.reason = decision.reason;
      event.segments = segments.pairs();
      return journal_->record(event, std::move(ack));
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  }

  Result<Rendered> render(const Decision& decision, const Subject& subject, std::span<const Field> fields, TimeMs now,
                          std::string_view channel) override {
    try {
      return compose(decision, subject, fields, now, channel);
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    }
  }

  Status record_outcome(const Outcome& outcome, Journal::Ack ack) override {
    Event event;
    event.type = EventType::kOutcome;
    event.unit = outcome.unit;
    event.at = outcome.at;
    event.event_id = outcome.event_id;
    event.source = outcome.source.empty() ? std::string_view(source_) : outcome.source;
    event.kind = outcome.kind;
    event.value = outcome.value;
    return journal_->record(event, std::move(ack));
  }

  Status reload() override { return catalogue_->reload(); }
  Status flush() override { return journal_->flush(); }
  [[nodiscard]] JournalCounters counters() const noexcept override { return journal_->counters(); }
  [[nodiscard]] const std::filesystem::path& journal_file() const noexcept override { return journal_->file(); }

 private:
  [[nodiscard]] Result<Rendered> compose(const Decision& decision, const Subject& subject,
                                         std::span<const Field> fields, TimeMs now, std::string_view channel) {
    const CompiledExperiment* compiled = decision.experiment();
    if (compiled == nullptr) {
      return Error{ErrorCode::kNotFound, "the catalogue has no such experiment, so there is no text", "experiment",
                   "send the program's own text"};
    }
    const std::size_t assigned = decision.assignment.variant;
    auto text = text_of(*compiled, assigned, fields);
    if (text) {
      note(EventType::kDelivery, decision, subject, now, channel, assigned, {});
      return Rendered{std::move(*text), decision.variant, false, ""};
    }
    if (text.error().code == ErrorCode::kNotFound) {
      note(EventType::kHold, decision, subject, now, channel, assigned, kNoText);
      return text.error();
    }
    auto fallback = assigned != 0 ? text_of(*compiled, 0, fields) : text;
    if (fallback) {
      note(EventType::kDelivery, decision, subject, now, channel, 0, kMissingField);
      return Rendered{std::move(*fallback), compiled->experiment.control().key, true, text.error().message};
    }
    note(EventType::kHold, decision, subject, now, channel, assigned, kMissingField);
    return assigned == 0 ? text.error() : both(text.error(), fallback.error());
  }

  // What all events of one decision have in common. Everything it views outlives the call of record().
  [[nodiscard]] Event event_of(EventType type, const Decision& decision, const Subject& subject, TimeMs now,
                               std::string_view channel, std::string_view cluster) const {
    const CompiledExperiment& compiled = *decision.experiment();
    const std::size_t variant = decision.assignment.variant;
    Event event;
    event.type = type;
    event.unit = subject.unit;
    event.cluster = cluster;
    event.at = now;
    event.source = source_;
    event.experiment = compiled.experiment.key;
    event.experiment_fingerprint = compiled.fingerprint;
    event.variant = compiled.experiment.variants[variant].key;
    event.wording_fingerprint = compiled.wording_fingerprints[variant];
    event.phase = decision.phase;
    event.channel = channel;
    return event;
  }

  [[nodiscard]] static Result<std::string> text_of(const CompiledExperiment& compiled, std::size_t variant,
                                                   std::span<const Field> fields) {
    const Variant& wording = compiled.experiment.variants[variant];
    if (wording.text.empty()) {
      return Error{ErrorCode::kNotFound, "variant '" + wording.key + "' has no text", "variant",
                   "the program that sends has its own text for it, or the experiment file lacks one"};
    }
    return compiled.templates[variant].render(fields);
  }

  // Both texts failed: every field that either of them lacks.
  [[nodiscard]] static Error both(Error assigned, const Error& control) {
    assigned.message += "; control's text: " + control.message;
    if (control.code == ErrorCode::kInvalidInput && control.where != assigned.where) {
      assigned.where += ", " + control.where;
    }
    return assigned;
  }

  // What became of the message. A failure to record it must not stop the message: the exposure, which counts, is
  // recorded by itself, and the journal counts what it refuses.
  void note(EventType type, const Decision& decision, const Subject& subject, TimeMs now, std::string_view channel,
            std::size_t variant, std::string_view reason) {
    if (!decision.enrolled) return;
    const CompiledExperiment& compiled = *decision.experiment();
    const std::string id = event_id_of(type, compiled, decision.phase, now);
    const std::string cluster = cluster_of(compiled, subject, now);
    Event event = event_of(type, decision, subject, now, channel, cluster);
    event.event_id = id;
    event.variant = compiled.experiment.variants[variant].key;
    event.wording_fingerprint = compiled.wording_fingerprints[variant];
    event.reason = reason;
    const Status status = journal_->record(event);
    if (!status.ok() && log_ != nullptr) log_->log(LogLevel::kWarning, describe(status.error()));
  }

  const std::unique_ptr<Catalogue> catalogue_;
  const std::unique_ptr<Journal> journal_;
  const std::string source_;
  LogSink* const log_;
};

}  // namespace

Decision Sender::make_decision(std::shared_ptr<const Snapshot> snapshot, const CompiledExperiment* experiment,
                               Assignment assignment) noexcept {
  Decision decision;
  decision.assignment = assignment;
  decision.reason = to_string(assignment.reason);
  decision.enrolled = assignment.enrolled;
  decision.snapshot_ = std::move(snapshot);
  decision.experiment_ = experiment;
  if (experiment != nullptr) {
    const Variant& variant = experiment->experiment.variants[assignment.variant];
    decision.variant = variant.key;
    decision.wording = variant.wording;
    // Held-out units are no part of the comparison: their exposures lie in a phase of their own.
    const bool held_out = assignment.reason == AssignmentReason::kHoldout;
    decision.phase = held_out ? kHoldoutPhase : std::string_view(experiment->lifecycle.phase);
  }
  return decision;
}

Result<std::unique_ptr<Sender>> Sender::open(const std::filesystem::path& catalogue_folder,
                                             const std::filesystem::path& journal_folder, Pseudonymizer pseudonymizer,
                                             const Clock& clock, SenderOptions options, LogSink* log) {
  if (Status status = check_key(options.source, "source"); !status.ok()) return status.error();
  // The catalogue first: a broken one leaves no empty journal behind.
  auto catalogue = Catalogue::open(catalogue_folder, log);
  if (!catalogue) return catalogue.error();
  auto journal = Journal::open(journal_folder, std::move(pseudonymizer), clock, options.journal, log);
  if (!journal) return journal.error();
  return std::unique_ptr<Sender>(
      std::make_unique<CatalogueSender>(std::move(*catalogue), std::move(*journal), options.source, log));
}

}  // namespace tactful
