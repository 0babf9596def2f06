#include <charconv>

#include "attribute_types.hpp"
#include "inputs.hpp"
#include "line_reader.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/ledger.hpp"
#include "tactful/store/csv.hpp"

namespace tactful::tools {
namespace {

// Writes one line per unit; everything but the unit's own text is prepared or formatted in place.
class AssignmentWriter {
 public:
  AssignmentWriter(const Experiment& experiment, Console& console)
      : console_(console), json_(console.format == Format::kJson) {
    for (const Variant& variant : experiment.variants) {
      std::string text;
      if (json_) {
        text = Json(variant.key).dump();
      } else {
        append_csv_field(text, variant.key);
      }
      variants_.push_back(std::move(text));
    }
    if (!json_) console_.out.line("unit,variant,reason,enrolled,bucket");
  }

  void write(std::string_view unit, const Assignment& assignment) {
    line_.clear();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, assignment.bucket).ptr;
    const std::string_view bucket(digits, static_cast<std::size_t>(end - digits));
    const std::string& variant = variants_[assignment.variant];
    const std::string_view enrolled = assignment.enrolled ? "true" : "false";
    if (json_) {
      line_.append("{\"unit\":").append(Json(find_invalid_utf8(unit) ? printable(unit) : std::string(unit)).dump());
      line_.append(",\"variant\":").append(variant).append(",\"reason\":\"").append(to_string(assignment.reason));
      line_.append("\",\"enrolled\":").append(enrolled).append(",\"bucket\":\"").append(bucket).append("\"}\n");
    } else {
      append_csv_field(line_, unit);
      line_.append(",").append(variant).append(",").append(to_string(assignment.reason)).append(",").append(enrolled);
      line_.append(",").append(bucket).append("\n");
    }
    console_.out.write(line_);
  }

 private:
  Console& console_;
  bool json_;
  std::vector<std::string> variants_;
  std::string line_;
};

struct Job {
  const Experiment& experiment;
  const Assigner& assigner;
  TimeMs at;
  AttributeTypes types;
  std::map<std::string, std::string> constants;  // attributes given on the command line

  [[nodiscard]] std::vector<Attribute> constant_attributes() const {
    std::vector<Attribute> attributes;
    for (const auto& [name, value] : constants) attributes.push_back({name, attribute_value(value, type_of(name))});
    return attributes;
  }
  [[nodiscard]] AttributeType type_of(std::string_view name) const {
    const auto found = types.find(name);
    return found == types.end() ? AttributeType::kText : found->second;
  }
  // Of a clustered experiment given bare ids, the ids are those of the clusters: that is what is randomised.
  [[nodiscard]] Subject subject(std::string_view unit, std::span<const Attribute> attributes) const {
    return {unit, experiment.is_clustered() ? unit : std::string_view(), attributes};
  }
};

Result<int> assign_lines(const Job& job, const std::string& file, Console& console) {
  auto reader = LineReader::open(file);
  if (!reader) return reader.error();
  AssignmentWriter writer(job.experiment, console);
  const auto attributes = job.constant_attributes();
  while (console.out.ok()) {
    if ((*reader)->at_end_of_buffer() && file == "-") console.out.flush();
    const auto line = (*reader)->next();
    if (!line) return line.error();
    if (!line->has_value()) break;
    writer.write(**line, job.assigner.assign(job.subject(**line, attributes), job.at));
  }
  return kDone;
}

Result<std::size_t> column_index(const CsvReader& reader, const std::string& name, const std::string& file,
                                 std::string_view option) {
  const auto& header = reader.header();
  for (std::size_t index = 0; index < header.size(); ++index)
    if (header[index] == name) return index;
  const auto nearest = nearest_word(name, header);
  return Error{ErrorCode::kInvalidInput, "the file has no column \"" + printable(name) + "\"", file,
               (nearest ? "did you mean \"" + printable(*nearest) + "\"? " : std::string()) + "name it with " +
                   std::string(option)};
}

Result<int> assign_csv(const Job& job, const std::string& file, const Arguments& arguments, Console& console) {
  const auto delimiter = arguments.text_or("--delimiter", ",");
  auto reader = CsvReader::open(file, Encoding::kUtf8, delimiter == "tab" ? '\t' : delimiter.front());
  if (!reader) return reader.error();
  const auto unit = column_index(**reader, arguments.text_or("--column", "unit"), file, "--column");
  if (!unit) return unit.error();
  std::optional<std::size_t> cluster;
  if (job.experiment.is_clustered()) {
    const auto found =
        column_index(**reader, arguments.text_or("--cluster-column", "cluster"), file, "--cluster-column");
    if (!found) return found.error();
    cluster = *found;
  }
  auto attributes = job.constant_attributes();
  std::vector<std::pair<std::size_t, AttributeType>> columns;
  const std::size_t constants = attributes.size();
  const auto& header = (*reader)->header();
  for (std::size_t index = 0; index < header.size(); ++index) {
    if (index == *unit || (cluster && index == *cluster) || job.constants.count(header[index]) > 0) continue;
    columns.emplace_back(index, job.type_of(header[index]));
    attributes.push_back({header[index], {}});
  }
  AssignmentWriter writer(job.experiment, console);
  while (console.out.ok()) {
    const auto row = (*reader)->next();
    if (!row) return row.error();
    if (row->empty()) break;
    for (std::size_t index = 0; index < columns.size(); ++index)
      attributes[constants + index].value = attribute_value((*row)[columns[index].first], columns[index].second);
    const std::string_view id = (*row)[*unit];
    const Subject subject{id, cluster ? (*row)[*cluster] : std::string_view(), attributes};
    writer.write(id, job.assigner.assign(subject, job.at));
  }
  return kDone;
}

bool names_csv(const std::string& file) {
  const auto ends = [&file](std::string_view end) {
    return file.size() > end.size() && file.compare(file.size() - end.size(), end.size(), end) == 0;
  };
  return ends(".csv") || ends(".csv.gz") || ends(".tsv");
}

Result<int> run_assign(const Arguments& arguments, Console& console) {
  const std::filesystem::path path = *arguments.text("EXPERIMENT");
  const auto experiment = load_experiment(path);
  if (!experiment) return experiment.error();
  const auto ledger = Ledger::read(Ledger::path_of(folder_of(path), experiment->key));
  if (!ledger) return ledger.error();
  const auto lifecycle = lifecycle_of(*experiment, *ledger);
  if (!lifecycle) return lifecycle.error();
  const auto assigner = Assigner::compile(*experiment, *lifecycle);
  if (!assigner) return assigner.error();
  const auto at = time_option(arguments, "--at", experiment->utc_offset);
  if (!at) return at.error();
  auto constants = arguments.pairs("--attribute");
  if (!constants) return constants.error();
  Job job{*experiment, *assigner, *at, types_of_scope(experiment->scope), std::move(constants).value()};
  if (const Status added = add_declared_types(arguments, job.types); !added) return added.error();
  if (const auto delimiter = arguments.text("--delimiter"); delimiter && *delimiter != "tab" && delimiter->size() != 1)
    return Error{ErrorCode::kInvalidArgument, "\"" + *delimiter + "\" is neither one character nor \"tab\"",
                 "--delimiter", ""};

  const auto units = arguments.all("UNIT");
  if (!units.empty()) {
    AssignmentWriter writer(*experiment, console);
    const auto attributes = job.constant_attributes();
    for (const std::string& unit : units) writer.write(unit, assigner->assign(job.subject(unit, attributes), job.at));
    return kDone;
  }
  const std::string file = arguments.text_or("--units", "-");
  if (arguments.has("--column") || arguments.has("--cluster-column") || names_csv(file))
    return assign_csv(job, file, arguments, console);
  return assign_lines(job, file, console);
}

}  // namespace

Command assign_command() {
  Command command;
  command.name = "assign";
  command.summary = "Which wording each unit gets, and why, at disk speed.";
  command.examples = {
      {"tactful assign payment-reminder.json C-1001 --attribute region=east-2", "One customer."},
      {"tactful assign payment-reminder.json --units customers.csv --column id --at 2026-05-20 > groups.csv",
       "A CSV file; its other columns are attributes for the scope."},
      {"cut -f1 ids.tsv | tactful assign payment-reminder.json", "Ids from standard input, one a line."}};
  command.positionals = {{"EXPERIMENT", "The experiment file; its ledger is obeyed."},
                         {"UNIT", "Ids, instead of a file.", false, true}};
  command.options = {
      {"--units", "FILE",
       "File of ids, one a line, or CSV (.csv, .csv.gz, or with --column); default - (standard input)."},
      {"--column", "NAME", "CSV column with the unit's id; default unit."},
      {"--cluster-column", "NAME", "CSV column with the randomised id of a clustered experiment; default cluster."},
      {"--delimiter", "CHAR", "CSV delimiter; one character or tab."},
      {"--attribute", "NAME=VALUE", "An attribute of every unit.", false, true},
      {"--type", "NAME=TYPE", "Reads an attribute as text, number or bool; default as the scope compares it.", false,
       true},
      {"--at", "TIME", "As of when (ramp, start, end); default now."}};
  command.formats = {Format::kCsv, Format::kJson};
  command.details =
      "Prints unit,variant,reason,enrolled,bucket; with --json one object a line. In a clustered experiment bare ids "
      "are those of the "
      "clusters. An empty line is a unit without id: control, not enrolled.";
  command.next = "tactful hash shows the draws behind it.";
  command.run = run_assign;
  return command;
}

}  // namespace tactful::tools
