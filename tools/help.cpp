#include "help.hpp"

#include <algorithm>

#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

constexpr std::size_t kWidth = 96;

// Breaks a paragraph at blanks; every line after the first starts with `indent` blanks.
std::string wrapped(const std::string& text, std::size_t indent) {
  std::string result;
  std::size_t column = indent;
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = text.find(' ', begin);
    if (end == std::string::npos) end = text.size();
    const std::string word = text.substr(begin, end - begin);
    const std::size_t width = display_width(word);
    if (column > indent && column + 1 + width > kWidth) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += " ";
      ++column;
    }
    result += word;
    column += width;
    begin = end + 1;
  }
  return result;
}

std::string list(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::size_t width = 0;
  for (const auto& entry : entries) width = std::max(width, display_width(entry.first));
  width = std::min<std::size_t>(width, 28);
  std::string text;
  for (const auto& entry : entries) {
    text += "  " + pad_right(entry.first, width);
    text += display_width(entry.first) > width ? "\n" + std::string(width + 4, ' ') : std::string("  ");
    text += wrapped(entry.second, width + 4) + "\n";
  }
  return text;
}

std::string examples(const std::vector<Example>& lines) {
  std::string text = "Examples:\n";
  for (const Example& example : lines) text += "  " + example.line + "\n      " + wrapped(example.says, 6) + "\n";
  return text;
}

std::string usage(const Command& command) {
  std::string text = "Usage: tactful " + command.name;
  for (const PositionalSpec& word : command.positionals) {
    const std::string name = word.name + (word.repeatable ? "..." : "");
    text += word.required ? " " + name : " [" + name + "]";
  }
  for (const OptionSpec& option : command.options)
    if (option.required) text += " " + option.name + " " + option.value;
  if (command.free_options) text += " [--FIELD VALUE ...]";
  return text + " [options]\n";
}

void add_options(std::vector<std::pair<std::string, std::string>>& entries, const std::vector<OptionSpec>& options) {
  for (const OptionSpec& option : options) {
    std::string help = option.help;
    if (option.required) help += " Required.";
    if (option.repeatable) help += " May be repeated.";
    entries.emplace_back(option.name + (option.value.empty() ? "" : " " + option.value), help);
  }
}

}  // namespace

std::string_view to_string(Format format) {
  switch (format) {
    case Format::kJson:
      return "json";
    case Format::kCsv:
      return "csv";
    case Format::kMarkdown:
      return "md";
    case Format::kTable:
      break;
  }
  return "table";
}

const std::vector<OptionSpec>& common_options() {
  static const std::vector<OptionSpec> options = {
      {"--format", "FORMAT", "How to print the result."},
      {"--json", "", "Result as JSON, and an error as one JSON object on standard error."},
      {"--quiet", "", "No messages but errors and warnings."},
      {"--verbose", "", "Everything the library has to say, on standard error."},
      {"--no-color", "", "No colours (also NO_COLOR, TERM=dumb, or no terminal)."},
      {"--help", "", "This help."},
  };
  return options;
}

std::string command_help(const Command& command) {
  std::string text = command.summary + "\n\n" + examples(command.examples) + "\n" + usage(command);
  std::vector<std::pair<std::string, std::string>> entries;
  for (const PositionalSpec& word : command.positionals) entries.emplace_back(word.name, word.help);
  add_options(entries, command.options);
  text += list(entries);
  entries.clear();
  add_options(entries, common_options());
  std::string formats;
  for (const Format format : command.formats) formats += (formats.empty() ? "" : ", ") + std::string(to_string(format));
  entries.front().second += " One of: " + formats + ".";
  text += "\nCommon options:\n" + list(entries);
  if (!command.details.empty()) text += "\n" + wrapped(command.details, 0) + "\n";
  if (!command.next.empty()) text += "\nNext: " + wrapped(command.next, 6) + "\n";
  return text;
}

std::string program_help(const std::vector<Command>& commands) {
  std::string text = "Tactful: A/B experiments for the wording of reminders.\n\n";
  text += examples(
      {{"tactful demo", "A whole six-week pilot in a minute: plan, send, weekly checks, decision, promotion."},
       {"tactful check experiments/payment-reminder.json", "Every mistake of an experiment file at once."},
       {"tactful evaluate experiments/payment-reminder.json --store pilot.db",
        "What the data say, and whether to continue, stop or promote."},
       {"tactful calc prop_diff_ci --x_c 45 --n_c 1000 --x_t 62 --n_t 1000 --conf 0.95", "One calculation by name."}});
  text += "\nUsage: tactful COMMAND [words and options]\n\nCommands:\n";
  std::vector<std::pair<std::string, std::string>> entries;
  for (const Command& command : commands) entries.emplace_back(command.name, command.summary);
  text += list(entries);
  text += "\nOptions:\n" + list({{"--version", "The version of this program."}, {"--help", "This help."}});
  text +=
      "\nExit codes: 0 done; 1 missing, contradicting or refused; 2 wrong command line; 3 invalid experiment,\n"
      "wording or ledger; 4 the data cannot answer; 5 storage.\n"
      "\nNext: tactful demo, or tactful COMMAND --help.\n";
  return text;
}

}  // namespace tactful::tools
