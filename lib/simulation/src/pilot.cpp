#include "tactful/simulation/pilot.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <system_error>

#include "outcomes_due.hpp"
#include "tactful/core/file.hpp"
#include "tactful/decision/evaluate.hpp"
#include "tactful/sender/sender.hpp"
#include "tactful/store/store.hpp"
#include "tactful/tally/tally_events.hpp"
#include "world.hpp"

namespace tactful {
namespace {

using simulation::Customer;
using simulation::DueOutcome;
using simulation::OutcomesDue;
using simulation::Random;

constexpr std::string_view kPurpose = "simulation";
constexpr std::string_view kChannel = "sms";
constexpr std::int64_t kDaysPerWeek = 7;
constexpr TimeMs kWeek = kDaysPerWeek * kMillisecondsPerDay;
constexpr TimeMs kOpens = 9 * kMillisecondsPerHour;
constexpr TimeMs kCloses = 20 * kMillisecondsPerHour;

/// The time of the simulated world; the journal's writer thread reads it too.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(TimeMs start) : now_(start) {}
  [[nodiscard]] TimeMs now_ms() const noexcept override { return now_.load(); }
  void set(TimeMs now) noexcept { now_.store(now); }

 private:
  std::atomic<TimeMs> now_;
};

/// One pilot while it runs.
class PilotRun {
 public:
  PilotRun(const std::filesystem::path& catalogue_folder, const Experiment& experiment, World world,
           const std::filesystem::path& work_folder)
      : catalogue_folder_(catalogue_folder),
        work_folder_(work_folder),
        experiment_(experiment),
        world_(std::move(world)),
        random_(world_.seed),
        customer_(world_, experiment_),
        due_(world_),
        clock_(experiment.pilot.start) {}

  /// Makes key and store. Errors: kConflict, kStorage.
  [[nodiscard]] Status prepare();

  [[nodiscard]] int weeks() const {
    return static_cast<int>((experiment_.last_look() - experiment_.pilot.start + kWeek - 1) / kWeek);
  }
  /// Sends, records and collects one week, from 1. The number of messages to enrolled customers.
  [[nodiscard]] Result<std::int64_t> run_week(int week);
  /// The scorecard at the end of that week.
  [[nodiscard]] Result<WeekReport> report(int week, std::int64_t sent) const;

 private:
  [[nodiscard]] TimeMs week_end(int week) const {
    return std::min(experiment_.pilot.start + week * kWeek, experiment_.last_look());
  }
  [[nodiscard]] Status record_until(Sender& sender, TimeMs time);
  [[nodiscard]] Status send(Sender& sender, TimeMs now, std::int64_t& sent);
  [[nodiscard]] Status send_week(Sender& sender, int week, std::int64_t& sent);
  void fill_fields(const CompiledExperiment& compiled);

  std::filesystem::path catalogue_folder_, work_folder_;
  const Experiment& experiment_;
  World world_;
  Random random_;
  Customer customer_;
  OutcomesDue due_;
  SimulatedClock clock_;
  std::int64_t customers_ = 0;
  std::unique_ptr<Store> store_;
  std::vector<std::pair<std::string, std::string>> field_texts_;
  std::vector<Field> fields_;
};

// 32 bytes from the seed, so that equal seeds give equal pseudonyms.
std::string key_bytes(std::uint64_t seed) {
  Random random(seed);
  std::string key;
  for (int word = 0; word < 4; ++word) {
    std::uint64_t bits = random.bits();
    for (int byte = 0; byte < 8; ++byte, bits >>= 8) key += static_cast<char>(bits & 0xFF);
  }
  return key;
}

Status PilotRun::prepare() {
  std::error_code failure;
  std::filesystem::create_directories(work_folder_ / "journals", failure);
  if (failure)
    return Error{ErrorCode::kStorage, "cannot make the folder: " + failure.message(), work_folder_.string(), ""};
  const auto key_file = work_folder_ / "key";
  if (std::filesystem::exists(work_folder_ / "store.db", failure) || std::filesystem::exists(key_file, failure)) {
    return Error{ErrorCode::kConflict, "the folder holds an earlier run", work_folder_.string(),
                 "give an empty folder"};
  }
  if (auto status = write_file_atomically(key_file, key_bytes(world_.seed)); !status) return status;
  using std::filesystem::perms;
  std::filesystem::permissions(key_file, perms::owner_read | perms::owner_write, failure);
  if (failure) return Error{ErrorCode::kStorage, "cannot protect the key: " + failure.message(), key_file.string(), ""};
  auto store = Store::open(work_folder_ / "store.db", Store::Mode::kCreate);
  if (!store) return store.error();
  store_ = std::move(*store);
  return {};
}

// Every field that some wording of the experiment uses, so that no message is incomplete.
void PilotRun::fill_fields(const CompiledExperiment& compiled) {
  field_texts_.clear();
  for (const MessageTemplate& wording : compiled.templates) {
    for (const std::string& name : wording.fields()) field_texts_.emplace_back(name, name + " of " + customer_.unit());
  }
  fields_.clear();
  for (const auto& text : field_texts_) fields_.push_back({text.first, text.second});
}

Status PilotRun::record_until(Sender& sender, TimeMs time) {
  while (due_.has_before(time)) {
    const DueOutcome next = due_.take();
    const SimulatedOutcome& outcome = world_.outcomes[next.outcome];
    clock_.set(next.at);
    const std::string unit = simulation::unit_name(next.customer);
    Outcome happened;
    happened.unit = unit;
    happened.kind = outcome.kind;
    happened.at = next.at;
    happened.event_id = outcome.kind;
    if (outcome.lowest != 1.0 || outcome.highest != 1.0) happened.value = next.value;
    if (auto status = sender.record_outcome(happened); !status) return status;
  }
  return {};
}

Status PilotRun::send(Sender& sender, TimeMs now, std::int64_t& sent) {
  clock_.set(now);
  const std::int64_t number = customers_++;
  customer_.draw(number, random_);
  const Subject subject = customer_.subject();
  const Decision decision = sender.decide(experiment_.key, subject, now);
  if (auto status = sender.expose(decision, subject, now, kChannel); !status) return status;
  const CompiledExperiment* compiled = decision.experiment();
  if (compiled && !compiled->experiment.variants[decision.assignment.variant].text.empty()) {
    fill_fields(*compiled);
    if (auto message = sender.render(decision, subject, fields_, now, kChannel); !message) return message.error();
  }
  if (decision.enrolled) ++sent;
  due_.add(number, decision.assignment.variant, now, random_);
  return {};
}

Status PilotRun::send_week(Sender& sender, int week, std::int64_t& sent) {
  const TimeMs end = week_end(week);
  for (std::int64_t day = (week - 1) * kDaysPerWeek; day < week * kDaysPerWeek; ++day) {
    const TimeMs opens = experiment_.pilot.start + day * kMillisecondsPerDay + kOpens;
    const std::int64_t in_week = day % kDaysPerWeek;
    const std::int64_t messages =
        world_.customers_per_week * (in_week + 1) / kDaysPerWeek - world_.customers_per_week * in_week / kDaysPerWeek;
    for (std::int64_t i = 0; i < messages; ++i) {
      const double share = (static_cast<double>(i) + random_.uniform()) / static_cast<double>(messages);
      const TimeMs now = opens + static_cast<TimeMs>(share * static_cast<double>(kCloses - kOpens));
      if (now >= std::min(end, experiment_.plan.enrolment_end)) break;
      if (auto status = record_until(sender, now + 1); !status) return status;
      if (auto status = send(sender, now, sent); !status) return status;
    }
  }
  return record_until(sender, end);
}

Result<std::int64_t> PilotRun::run_week(int week) {
  auto pseudonymizer = Pseudonymizer::from_key_file(work_folder_ / "key", kPurpose);
  if (!pseudonymizer) return pseudonymizer.error();
  SenderOptions options;
  options.journal.durability = Durability::kOs;  // a simulated world can be run again
  options.journal.group_events = 16'384;
  options.journal.group_delay_ms = 50;
  options.journal.block_timeout_ms = 60'000;
  auto sender = Sender::open(catalogue_folder_, work_folder_ / "journals", std::move(*pseudonymizer), clock_, options);
  if (!sender) return sender.error();
  std::int64_t sent = 0;
  if (auto status = send_week(**sender, week, sent); !status) return status.error();
  clock_.set(week_end(week));
  if (auto status = (*sender)->flush(); !status) return status.error();
  const std::filesystem::path journal = (*sender)->journal_file();
  sender->reset();
  auto collected = store_->collect(journal);
  if (!collected) return collected.error();
  return sent;
}

Result<WeekReport> PilotRun::report(int week, std::int64_t sent) const {
  WeekReport report;
  report.week = week;
  report.as_of = week_end(week);
  report.sent = sent;
  TallyOptions options;
  options.as_of = report.as_of;
  auto tally = tally_events(experiment_, *store_, options);
  if (!tally) return tally.error();
  auto scorecard = evaluate(experiment_, *tally);
  if (!scorecard) return scorecard.error();
  report.scorecard = std::move(*scorecard);
  return report;
}

Result<Experiment> find_experiment(const std::filesystem::path& folder, std::string_view key) {
  auto catalogue = Catalogue::open(folder);
  if (!catalogue) return catalogue.error();
  const auto snapshot = (*catalogue)->snapshot();
  if (const CompiledExperiment* compiled = snapshot->find(key)) return compiled->experiment;
  std::vector<std::string> keys;
  for (const auto& entry : snapshot->experiments()) keys.push_back(entry.first);
  return Error{ErrorCode::kNotFound, "the catalogue has no experiment " + std::string(key), folder.string(),
               keys.empty() ? "" : "it has " + keys.front() + (keys.size() > 1 ? " and others" : "")};
}

}  // namespace

Result<PilotResult> run_pilot(const std::filesystem::path& catalogue_folder, std::string_view experiment_key,
                              const World& world, const std::filesystem::path& work_folder,
                              const std::function<void(const WeekReport&)>& on_week) {
  const auto experiment = find_experiment(catalogue_folder, experiment_key);
  if (!experiment) return experiment.error();
  auto fitted = simulation::fit_world(world, *experiment);
  if (!fitted) return fitted.error();
  if (auto status = simulation::check_scope(*fitted, *experiment); !status) return status.error();

  PilotRun run(catalogue_folder, *experiment, std::move(*fitted), work_folder);
  if (auto status = run.prepare(); !status) return status.error();
  PilotResult result;
  for (int week = 1; week <= run.weeks(); ++week) {
    const auto sent = run.run_week(week);
    if (!sent) return sent.error();
    auto report = run.report(week, *sent);
    if (!report) {
      // Before the first exposure there is nothing to report; at the end that is an error.
      if (report.error().code == ErrorCode::kInsufficientData && week < run.weeks()) continue;
      return report.error();
    }
    if (on_week) on_week(*report);
    result.weeks.push_back(std::move(*report));
  }
  result.final_scorecard = result.weeks.back().scorecard;
  return result;
}

}  // namespace tactful
