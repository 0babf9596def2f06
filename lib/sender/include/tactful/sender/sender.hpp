#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tactful/assignment/assigner.hpp"
#include "tactful/catalogue/catalogue.hpp"
#include "tactful/core/log.hpp"
#include "tactful/experiment/message_template.hpp"
#include "tactful/journal/journal.hpp"

namespace tactful {

struct SenderOptions {
  JournalOptions journal;
  std::string_view source = "sender";  ///< Name of this program in its events; a key.
};

/// What to send to one customer. Holds the catalogue's version alive, so everything read through it agrees.
struct Decision {
  Assignment assignment;
  std::string_view variant = "control";  ///< Key of the variant; "control" for an unknown experiment. Valid as long as this Decision.
  std::string_view wording;              ///< Wording id; empty for an unknown experiment.
  std::string_view reason;               ///< Stable name of assignment.reason.
  std::string_view phase;
  bool enrolled = false;

  [[nodiscard]] const CompiledExperiment* experiment() const noexcept { return experiment_; }

 private:
  friend class Sender;
  std::shared_ptr<const Snapshot> snapshot_;
  const CompiledExperiment* experiment_ = nullptr;
};

/// The text to send, and whether it is the assigned variant's.
struct Rendered {
  std::string text;
  std::string_view variant;  ///< Whose text it is: the assigned variant, or control when degraded.
  bool degraded = false;     ///< The assigned text could not be completed and control's was used.
  std::string why;           ///< Fields that were missing, when degraded.
};

/// An outcome as the sender's program learns it, now or weeks later.
struct Outcome {
  std::string_view unit;
  std::string_view kind;        ///< converted, complaint, repeat_contact, opted_out, ... or the user's own; a key.
  TimeMs at = 0;
  std::string_view event_id;    ///< Unique per (source, unit) among outcomes; the same id again counts once.
  std::optional<double> value = {};  ///< Absent means 1.
  std::string_view source = {};      ///< Empty: the sender's own.
};

/// The façade a message sender embeds: decide, expose, render, record.
///   auto decision = sender.decide("payment-reminder", subject, now);
///   sender.expose(decision, subject, now, "sms");
///   auto message = sender.render(decision, subject, fields, now, "sms");
/// Thread-safety: every member from any thread.
class Sender {
 public:
  /// Opens the catalogue folder and a journal of this process' own in `journal_folder`.
  /// `clock` and `log` must outlive the sender.
  /// Errors: kInvalidArgument when the source is no key, those of Catalogue::open() and Journal::open().
  [[nodiscard]] static Result<std::unique_ptr<Sender>> open(const std::filesystem::path& catalogue_folder,
                                                            const std::filesystem::path& journal_folder, Pseudonymizer pseudonymizer,
                                                            const Clock& clock, SenderOptions options = {}, LogSink* log = nullptr);
  virtual ~Sender() = default;

  /// Which wording to use. Never fails: an unknown experiment or an unmatched scope is control, with the reason.
  /// No I/O, no lock on the assignment path, no allocation.
  [[nodiscard]] virtual Decision decide(std::string_view experiment, const Subject& subject, TimeMs now) const noexcept = 0;

  /// Records the exposure of an enrolled subject (intention to treat starts here); call it before rendering, when the message may be
  /// sent. For a decision that is not enrolled nothing is recorded and success is returned. Segments declared by the experiment are
  /// taken from the subject's attributes: texts as they are, numbers in their shortest form, `true` and `false`; what is absent,
  /// null or empty is left out. The exposure's event id defaults to one made of experiment, phase and time, so that exposing
  /// twice at one `now` counts once. One that is given is recorded as `exposure:<experiment>:<event_id>`, so that the same id may name an
  /// outcome too, and an import of the exposure is the same event. The cluster is recorded where the experiment randomises clusters.
  /// Errors: those of Journal::record(); kInvalidArgument naming the segment whose value is no label.
  [[nodiscard]] virtual Status expose(const Decision& decision, const Subject& subject, TimeMs now, std::string_view channel = {},
                                      std::string_view event_id = {}, Journal::Ack ack = {}) = 0;

  /// Renders the variant's text. When a field is missing or empty, renders control's instead (degraded); when that cannot
  /// be completed either, or the variant has no text, gives the error and nothing may be sent. What was (not) delivered is recorded
  /// for enrolled subjects: a delivery with the variant whose text it is (reason missing_field when degraded), or a hold (reason
  /// missing_field or no_text). When that cannot be recorded the message is given all the same, and the journal counts and logs it.
  /// Errors: kInvalidInput naming every missing field, kNotFound when there is no text.
  [[nodiscard]] virtual Result<Rendered> render(const Decision& decision, const Subject& subject, std::span<const Field> fields, TimeMs now,
                                                std::string_view channel = {}) = 0;

  /// Records an outcome. Errors: those of Journal::record().
  [[nodiscard]] virtual Status record_outcome(const Outcome& outcome, Journal::Ack ack = {}) = 0;

  /// Takes up edits of the catalogue folder and its ledgers. Errors: those of Catalogue::reload(); the old version stays in force.
  [[nodiscard]] virtual Status reload() = 0;

  [[nodiscard]] virtual Status flush() = 0;
  [[nodiscard]] virtual JournalCounters counters() const noexcept = 0;
  [[nodiscard]] virtual const std::filesystem::path& journal_file() const noexcept = 0;

 protected:
  Sender() = default;
  // For implementations, since Decision's parts are private.
  static Decision make_decision(std::shared_ptr<const Snapshot> snapshot, const CompiledExperiment* experiment, Assignment assignment) noexcept;
};

}  // namespace tactful
