#include "cli.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <deque>
#include <exception>
#include <optional>

#include "command.hpp"
#include "help.hpp"
#include "log_sink.hpp"
#include "tactful/core/text.hpp"
#include "tactful/core/version.hpp"

// CLI11 splits the line into words, flags and values, and is included nowhere else, since it is slow to compile. What
// is allowed, what is missing and what help says come from the tables of the commands.
namespace tactful::tools {
namespace {

Error usage_error(std::string message, std::string where, std::string hint) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(where), std::move(hint)};
}

std::string see_help(const Command& command) { return "see: tactful " + command.name + " --help"; }

// What CLI11 fills; addresses must stay put.
struct Slots {
  std::deque<std::pair<const OptionSpec*, std::vector<std::string>>> options;
  std::deque<std::pair<const OptionSpec*, bool>> flags;
};

void declare(CLI::App& app, const std::vector<OptionSpec>& specs, Slots& slots) {
  for (const OptionSpec& spec : specs) {
    if (spec.value.empty()) {
      auto& slot = slots.flags.emplace_back(&spec, false);
      app.add_flag(spec.name, slot.second);
    } else {
      auto& slot = slots.options.emplace_back(&spec, std::vector<std::string>());
      app.add_option(spec.name, slot.second)
          ->expected(1)
          ->allow_extra_args(false)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }
}

Error unknown_option(const Command& command, const std::string& given) {
  const std::string name = given.substr(0, given.find('='));
  std::vector<std::string> known;
  for (const OptionSpec& option : command.options) known.push_back(option.name);
  for (const OptionSpec& option : common_options()) known.push_back(option.name);
  std::string hint = see_help(command);
  if (const auto nearest = nearest_word(name, known)) hint = "did you mean " + *nearest + "? " + hint;
  return usage_error("unknown option \"" + printable(name) + "\"", command.name, hint);
}

bool is_option(const std::string& word) { return word.size() > 2 && word.substr(0, 2) == "--"; }

// Options of a command with fields of its own: --field value or --field=value.
Status take_free_options(const Command& command, const std::vector<std::string>& words, Arguments& arguments,
                         std::vector<std::string>& positionals) {
  for (std::size_t index = 0; index < words.size(); ++index) {
    const std::string& word = words[index];
    if (!is_option(word)) {
      positionals.push_back(word);
      continue;
    }
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) {
      arguments.add_free(word.substr(2, equals - 2), word.substr(equals + 1));
    } else if (index + 1 < words.size() && !is_option(words[index + 1])) {
      arguments.add_free(word.substr(2), words[++index]);
    } else {
      return usage_error("\"" + printable(word) + "\" has no value", command.name, see_help(command));
    }
  }
  return {};
}

Status take_positionals(const Command& command, const std::vector<std::string>& words, Arguments& arguments) {
  std::size_t next = 0;
  for (const PositionalSpec& spec : command.positionals) {
    if (next == words.size() && spec.required)
      return usage_error("missing " + spec.name + ": " + spec.help, command.name, see_help(command));
    const std::size_t end = spec.repeatable ? words.size() : std::min(words.size(), next + 1);
    for (; next < end; ++next) arguments.add(spec.name, words[next]);
  }
  if (next < words.size())
    return usage_error("one word too many: \"" + printable(words[next]) + "\"", command.name, see_help(command));
  return {};
}

Status take_options(const Command& command, const Slots& slots, Arguments& arguments) {
  for (const auto& slot : slots.flags)
    if (slot.second) arguments.add(slot.first->name, "");
  for (const auto& slot : slots.options) {
    if (slot.second.size() > 1 && !slot.first->repeatable)
      return usage_error("given " + std::to_string(slot.second.size()) + " times", slot.first->name, see_help(command));
    for (const std::string& value : slot.second) arguments.add(slot.first->name, value);
    if (slot.first->required && slot.second.empty() && !arguments.has("--help"))
      return usage_error("missing " + slot.first->name + " " + slot.first->value + ": " + slot.first->help,
                         command.name, see_help(command));
  }
  return {};
}

Result<Arguments> parse(const Command& command, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  Slots slots;
  Arguments arguments;
  declare(app, command.options, slots);
  declare(app, common_options(), slots);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    return usage_error(printable(error.what()), command.name, see_help(command));
  }
  if (const Status taken = take_options(command, slots, arguments); !taken) return taken.error();
  if (arguments.has("--help")) return arguments;
  std::vector<std::string> rest = app.remaining(), positionals;
  if (command.free_options) {
    if (const Status taken = take_free_options(command, rest, arguments, positionals); !taken) return taken.error();
  } else {
    bool only_words = false;
    for (std::string& word : rest) {
      if (!only_words && word == "--") {
        only_words = true;
      } else if (!only_words && word.size() > 1 && word.front() == '-') {
        return unknown_option(command, word);
      } else {
        positionals.push_back(std::move(word));
      }
    }
  }
  if (const Status taken = take_positionals(command, positionals, arguments); !taken) return taken.error();
  return arguments;
}

Status choose_format(const Command& command, const Arguments& arguments, Console& console) {
  console.format = command.formats.front();
  const auto asked = arguments.has("--json") ? std::optional<std::string>("json") : arguments.text("--format");
  if (!asked) return {};
  std::string known;
  for (const Format format : command.formats) {
    if (to_string(format) == *asked) {
      console.format = format;
      return {};
    }
    known += (known.empty() ? "" : ", ") + std::string(to_string(format));
  }
  // --json on a command without a JSON result still makes its errors JSON.
  if (arguments.has("--json")) return {};
  return usage_error("\"" + printable(*asked) + "\" is none of " + known, "--format", see_help(command));
}

int finish(Console& console, int code) {
  console.out.flush();
  const Status written = console.out.status();
  if (written) return code;
  print_error(written.error(), console.json_errors);
  return exit_code_of(written.error().code);
}

int run_command(const Command& command, const std::vector<std::string>& words, bool json_errors) {
  Console console(STDOUT_FILENO);
  console.json_errors = json_errors;
  const auto failed = [&console](const Error& error) {
    console.out.flush();
    print_error(error, console.json_errors);
    return exit_code_of(error.code);
  };
  const Result<Arguments> arguments = parse(command, words);
  if (!arguments) return failed(arguments.error());
  if (arguments->has("--help")) {
    console.out.write(command_help(command));
    return finish(console, kDone);
  }
  if (const Status chosen = choose_format(command, *arguments, console); !chosen) return failed(chosen.error());
  console.json_errors = json_errors || console.format == Format::kJson;
  console.quiet = arguments->has("--quiet");
  console.colour = !arguments->has("--no-color") && wants_colour();
  console.columns = terminal_columns();
  console.interactive = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  console.log = make_stderr_log(arguments->has("--verbose") ? LogLevel::kDebug : LogLevel::kWarning, console.colour);
  const Result<int> code = command.run(*arguments, console);
  if (!code) {
    if (console.out.reader_gone()) return kDone;
    return failed(code.error());
  }
  return finish(console, *code);
}

int unknown_command(const std::vector<Command>& commands, const std::string& name, bool json_errors) {
  std::vector<std::string> known;
  for (const Command& command : commands) known.push_back(command.name);
  std::string hint = "see: tactful --help";
  if (const auto nearest = nearest_word(name, known)) hint = "did you mean \"tactful " + *nearest + "\"? " + hint;
  const bool is_flag = !name.empty() && name.front() == '-';
  print_error(usage_error((is_flag ? "unknown option \"" : "unknown command \"") + printable(name) + "\"", "", hint),
              json_errors);
  return kUsage;
}

int run_words(std::vector<std::string> words) {
  const std::vector<Command> commands = all_commands();
  const bool json_errors = std::find(words.begin(), words.end(), "--json") != words.end();
  while (!words.empty() && words.front() == "--json") words.erase(words.begin());
  Console console(STDOUT_FILENO);
  if (words.empty()) {
    print_error(usage_error("which command?", "", "see: tactful --help; or start with: tactful demo"), json_errors);
    return kUsage;
  }
  if (words.front() == "--version") {
    console.out.line("tactful " + std::string(code_version()));
    return finish(console, kDone);
  }
  const bool help = words.front() == "--help" || words.front() == "-h" || words.front() == "help";
  if (help && words.size() == 1) {
    console.out.write(program_help(commands));
    return finish(console, kDone);
  }
  const std::string name = help ? words[1] : words.front();
  for (const Command& command : commands) {
    if (command.name != name) continue;
    if (help) return run_command(command, {"--help"}, json_errors);
    std::vector<std::string> rest(words.begin() + 1, words.end());
    for (std::string& word : rest) {
      if (word == "--") break;
      if (word == "-h") word = "--help";
    }
    return run_command(command, rest, json_errors);
  }
  return unknown_command(commands, name, json_errors);
}

}  // namespace

int run(int argc, const char* const* argv) {
  try {
    return run_words(std::vector<std::string>(argv + 1, argv + std::max(argc, 1)));
  } catch (const std::exception& error) {
    print_error({ErrorCode::kUnavailable, std::string("the program ran out of something: ") + error.what(), "", ""},
                false);
    return kStorageFailed;
  }
}

}  // namespace tactful::tools
