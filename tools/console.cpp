#include "console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tactful/core/json.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

void to_stderr(std::string_view text) {
  std::string line(text);
  line.push_back('\n');
  // Where standard error itself is broken there is nobody left to tell.
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
  (void)std::fflush(stderr);
}

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

void Console::note(std::string_view text) const {
  if (!quiet) to_stderr(text);
}

void Console::warn(std::string_view text) const { to_stderr(text); }

bool Console::confirm(std::string_view question) const {
  (void)std::fprintf(stderr, "%.*s [y/N] ", static_cast<int>(question.size()), question.data());
  (void)std::fflush(stderr);
  char answer[16] = {};
  if (std::fgets(answer, sizeof answer, stdin) == nullptr) return false;
  return answer[0] == 'y' || answer[0] == 'Y';
}

void print_error(const Error& error, bool as_json) {
  if (as_json) {
    Json object = Json::object();
    object.set("code", to_string(error.code))
        .set("message", error.message)
        .set("where", error.where)
        .set("hint", error.hint);
    to_stderr(object.dump());
    return;
  }
  std::string text = "tactful: ";
  if (!error.where.empty()) text += printable(error.where) + ": ";
  text += error.message;
  if (!error.hint.empty()) text += "\n  " + error.hint;
  to_stderr(text);
}

bool wants_colour() {
  if (is_set("NO_COLOR") || is_set("TACTFUL_NO_COLOR")) return false;
  if (is_set("FORCE_COLOR")) return true;
  const char* terminal = std::getenv("TERM");
  if (terminal == nullptr || std::string_view(terminal) == "dumb") return false;
  return ::isatty(STDOUT_FILENO) == 1;
}

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
  return std::max<std::size_t>(60, size.ws_col);
}

TimeMs now_ms() { return SystemClock().now_ms(); }

}  // namespace tactful::tools
