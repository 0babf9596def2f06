#include "run_program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace tactful::test {
namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// Only calls that are safe between fork and exec.
[[noreturn]] void become(char* const* words, char* const* environment, const char* folder, const int (&files)[3]) {
  for (int descriptor = 0; descriptor < 3; ++descriptor)
    if (::dup2(files[descriptor], descriptor) < 0) ::_exit(126);
  if (::chdir(folder) != 0) ::_exit(126);
  ::execve(words[0], words, environment);
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Standard streams are files, so that neither side can block the other.
RunResult run(std::vector<std::string> words, std::string_view input,
              const std::map<std::string, std::string>& environment, const std::filesystem::path& in) {
  const TempFolder folder;
  folder.write("in", input);
  std::map<std::string, std::string> variables = {{"PATH", "/usr/bin:/bin"},
                                                  {"LC_ALL", "C.UTF-8"},
                                                  {"TMPDIR", folder.path().string()},
                                                  {"TACTFUL", TACTFUL_PROGRAM}};
  for (const auto& [name, value] : environment) variables[name] = value;
  std::vector<std::string> settings;
  for (const auto& [name, value] : variables) settings.push_back(name + "=" + value);
  const auto argv = pointers(words), envp = pointers(settings);
  const int files[3] = {::open(folder.file("in").c_str(), O_RDONLY | O_CLOEXEC),
                        ::open(folder.file("out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600),
                        ::open(folder.file("err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  const std::string where = in.string();
  const pid_t child = ::fork();
  if (child == 0) become(argv.data(), envp.data(), where.c_str(), files);
  int status = 0;
  ::waitpid(child, &status, 0);
  for (const int descriptor : files) ::close(descriptor);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(folder.path() / "out"),
          content_of(folder.path() / "err")};
}

}  // namespace

RunResult run_program(const std::vector<std::string>& words, std::string_view input,
                      const std::map<std::string, std::string>& environment, const std::filesystem::path& in) {
  std::vector<std::string> all = {TACTFUL_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  return run(std::move(all), input, environment, in);
}

RunResult run_shell(const std::string& line) { return run({"/bin/sh", "-c", line}, "", {}, "."); }

Json json_of(std::string_view text) {
  auto parsed = parse_json(text);
  if (parsed) return std::move(parsed).value();
  ADD_FAILURE() << parsed.error().message << " in: " << text;
  return {};
}

std::vector<Json> json_lines(std::string_view text) {
  std::vector<Json> values;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) values.push_back(json_of(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return values;
}

std::string TempFolder::write(const std::string& name, std::string_view content) const {
  const auto file = path() / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file.string();
}

std::string small_experiment() {
  return R"({
  "schema": "tactful/experiment/1",
  "key": "late-fee",
  "title": "Late fee: a kinder reminder",
  "owner": "Li Na",
  "variants": [
    {"key": "control", "text": "Dear {name}, pay {amount} today."},
    {"key": "kind", "text": "Dear {name}, {amount} is due; call us if the date does not suit you."}
  ],
  "metrics": [
    {"key": "paid", "outcome": "converted", "window": "7d", "role": "success"},
    {"key": "complaint", "window": "7d", "role": "guardrail"}
  ],
  "plan": {"enrolment_end": "2026-05-25", "margins": {"complaint": {"absolute": 0.02}}},
  "policy": {"approvals": ["compliance"], "holdback": 0.2},
  "pilot": {"scope": "all", "start": "2026-05-11"}
})";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) {
    ADD_FAILURE() << from << " is not in the text";
    return text;
  }
  return text.replace(at, from.size(), to);
}

}  // namespace tactful::test
