#include "subject_ids.hpp"
#include "tactful/core/text.hpp"
#include "tactful/store/subject.hpp"

namespace tactful::tools {
namespace {

constexpr std::size_t kPrefix = 6;  // of a pseudonym: enough to see which rows belong together

std::string text_of(const Store& store, std::int32_t code) { return std::string(store.text(code)); }

Result<int> list_quarantine(const Store& store, Console& console) {
  const auto held = store.quarantine();
  if (!held) return held.error();
  Table table{{"handle", "unit", "type", "experiment", "what", "source", "at", "why"}, {}};
  Json list = Json::array();
  for (const QuarantinedEvent& one : *held) {
    const StoredEvent& event = one.event;
    const std::string what = event.kind != 0 ? text_of(store, event.kind) : text_of(store, event.variant);
    const std::string unit = pseudonym_text(event.unit).substr(0, kPrefix);
    table.rows.push_back({one.handle, unit, std::string(to_string(event.type)), text_of(store, event.experiment), what,
                          text_of(store, event.source), format_time(event.at, UtcOffset()), one.why});
    Json object = Json::object();
    object.set("handle", one.handle)
        .set("unit_prefix", unit)
        .set("type", to_string(event.type))
        .set("experiment", text_of(store, event.experiment));
    object.set("variant", text_of(store, event.variant))
        .set("kind", text_of(store, event.kind))
        .set("source", text_of(store, event.source));
    object.set("at", event.at).set("recorded_at", event.recorded_at).set("value", event.value).set("why", one.why);
    list.push_back(std::move(object));
  }
  if (console.format == Format::kJson) {
    console.out.line(Json::object().set("quarantined", std::move(list)).dump(2));
  } else if (held->empty() && console.format == Format::kTable) {
    console.out.line("nothing is in quarantine");
  } else {
    console.out.write(render(table, console.format));
  }
  return kDone;
}

Result<int> list_decisions(const Store& store, Console& console) {
  const auto decisions = store.decisions();
  if (!decisions) return decisions.error();
  Table table{{"at", "by", "decision", "handle", "why"}, {}};
  Json list = Json::array();
  for (const QuarantineDecision& one : *decisions) {
    const std::string action = one.action == QuarantineAction::kStands ? "stands" : "dropped";
    table.rows.push_back({format_time(one.at, UtcOffset()), one.who, action, one.handle, one.why});
    list.push_back(Json::object()
                       .set("at", one.at)
                       .set("by", one.who)
                       .set("decision", action)
                       .set("handle", one.handle)
                       .set("why", one.why));
  }
  if (console.format == Format::kJson) {
    console.out.line(Json::object().set("decisions", std::move(list)).dump(2));
  } else {
    console.out.write(render(table, console.format));
  }
  return kDone;
}

/// What somebody is about to decide: looked for first, so that nobody is asked about nothing.
struct Decision {
  std::string handle, who, why;
  bool stands = false;
  bool is_dry_run = false;
  [[nodiscard]] QuarantineAction action() const {
    return stands ? QuarantineAction::kStands : QuarantineAction::kDropped;
  }
};

Result<Decision> read_decision(const std::string& action, const Arguments& arguments) {
  const auto handle = arguments.text("HANDLE");
  if (!handle)
    return Error{ErrorCode::kInvalidArgument, "missing HANDLE", "quarantine " + action,
                 "tactful quarantine list shows them"};
  const auto who = arguments.text("--by");
  if (!who || trim(*who).empty())
    return Error{ErrorCode::kInvalidArgument, "missing --by NAME", "quarantine " + action,
                 "whoever decides is written down"};
  return Decision{*handle, *who, arguments.text_or("--why", ""), action == "replay", arguments.has("--dry-run")};
}

Result<int> decide(Store& store, const Decision& decision, const Arguments& arguments, Console& console) {
  const TimeMs now = now_ms();
  const Status there = store.decide(decision.handle, decision.action(), decision.who, decision.why, now, true);
  if (!there) return there.error();
  if (!decision.is_dry_run) {
    // What stands can be exchanged again; what is dropped is gone.
    if (!decision.stands) {
      const Status agreed = agree(arguments, console,
                                  "Drop the event " + printable(decision.handle) + " for good? This cannot be undone.");
      if (!agreed) return agreed.error();
    }
    const Status done = store.decide(decision.handle, decision.action(), decision.who, decision.why, now);
    if (!done) return done.error();
  }
  if (console.format == Format::kJson) {
    console.out.line(Json::object()
                         .set("handle", decision.handle)
                         .set("decision", decision.stands ? "stands" : "dropped")
                         .set("by", decision.who)
                         .set("dry_run", decision.is_dry_run)
                         .dump(2));
    return kDone;
  }
  if (decision.is_dry_run) {
    console.out.line(decision.stands ? "it would stand; what stands now would go into quarantine"
                                     : "it would be dropped");
    console.note("a dry run: nothing was changed");
  } else {
    console.out.line(decision.stands ? "it stands now; what stood before is in quarantine" : "it is dropped");
  }
  return kDone;
}

Result<int> run_quarantine(const Arguments& arguments, Console& console) {
  const std::string action = *arguments.text("ACTION");
  const bool reads = action == "list" || action == "log";
  if (!reads && action != "replay" && action != "drop")
    return Error{ErrorCode::kInvalidArgument, "\"" + printable(action) + "\" is none of list, log, replay, drop",
                 "quarantine", "see: tactful quarantine --help"};
  for (const char* option : {"HANDLE", "--by", "--why", "--dry-run", "--yes"}) {
    if (reads && arguments.has(option))
      return Error{ErrorCode::kInvalidArgument, std::string(option) + " goes with replay and drop", option,
                   "leave it out"};
  }
  const auto decision = reads ? Result<Decision>(Decision()) : read_decision(action, arguments);
  if (!decision) return decision.error();
  const bool only_reads = reads || decision->is_dry_run;
  const auto store = Store::open(*arguments.text("--store"),
                                 only_reads ? Store::Mode::kReadOnly : Store::Mode::kReadWrite, console.log.get());
  if (!store) return store.error();
  if (action == "list") return list_quarantine(**store, console);
  if (action == "log") return list_decisions(**store, console);
  return decide(**store, *decision, arguments, console);
}

}  // namespace

Command quarantine_command() {
  Command command;
  command.name = "quarantine";
  command.summary = "Events that contradict what came first: shows them, and takes a person's decision.";
  command.examples = {
      {"tactful quarantine list --store pilot.db", "Each with a handle and why it was put aside."},
      {"tactful quarantine replay 3fa91c02 --store pilot.db --by 'Li Na' --why 'the CRM corrected the amount'",
       "This one stands; what stood before goes into quarantine."},
      {"tactful quarantine drop 3fa91c02 --store pilot.db --by 'Li Na' --yes", "Away with it, for good."}};
  command.positionals = {{"ACTION", "list, log, replay or drop.", true},
                         {"HANDLE", "The event's handle, or its first digits.", false}};
  command.options = {{"--store", "FILE", "The store.", true},
                     {"--by", "NAME", "Who decides; for replay and drop."},
                     {"--why", "TEXT",
                      "Why; for replay and drop. Kept until a purge takes the decision: no customer's name or number."},
                     {"--dry-run", "", "Only look for the event, change nothing; for replay and drop."},
                     {"--yes", "", "Do not ask before dropping; required where nobody can be asked."}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details =
      "Of payloads under one id the one recorded first stands, unless somebody decides otherwise; a decision holds for "
      "whatever is collected later. `log` shows who decided what.";
  command.next = "tactful evaluate EXPERIMENT --store FILE, whose numbers may have changed.";
  command.run = run_quarantine;
  return command;
}

}  // namespace tactful::tools
