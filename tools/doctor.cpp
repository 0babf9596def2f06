#include <fcntl.h>
#include <sodium/version.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>
#include <xxhash.h>
#include <zlib.h>

#include <algorithm>
#include <boost/version.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "command.hpp"
#include "tactful/core/descriptor.hpp"
#include "tactful/core/text.hpp"
#include "tactful/core/version.hpp"
#include "tactful/journal/sqlite_info.hpp"

namespace tactful::tools {
namespace {

namespace fs = std::filesystem;

struct Finding {
  std::string subject;
  std::string_view status;  // ok, warn, fail
  std::string detail;
};

using Findings = std::vector<Finding>;

constexpr TimeMs kYear2024 = 1'704'067'200'000;
constexpr TimeMs kYear2100 = 4'102'444'800'000;
constexpr int kFsyncs = 20;

void look_at_libraries(Findings& findings) {
  findings.push_back({"tactful", "ok", std::string(code_version()) + ", compiler " __VERSION__});
  const std::string sqlite(sqlite_version());
  if (sqlite_has_wal_reset_bug()) {
    findings.push_back(
        {"sqlite", "ok",
         sqlite + ": has the WAL-reset bug (two connections that write and checkpoint at once can lose commits); "
                  "journals have one writer and do not depend on its repair; open journals read-only elsewhere"});
  } else {
    findings.push_back({"sqlite", "ok", sqlite});
  }
  const std::string boost = std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000);
  const unsigned xxhash = XXH_versionNumber();
  findings.push_back({"libraries", "ok",
                      std::string("libsodium ") + sodium_version_string() + ", zlib " + zlibVersion() + ", xxHash " +
                          std::to_string(xxhash / 10000) + "." + std::to_string(xxhash / 100 % 100) + "." +
                          std::to_string(xxhash % 100) + ", Boost " + boost});
}

std::string_view name_of_file_system(long type) {
  switch (static_cast<unsigned long>(type)) {
    case 0xEF53:
      return "ext";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x01021994:
      return "tmpfs";
    case 0x794C7630:
      return "overlay";
    case 0x6969:
      return "nfs";
    case 0xFF534D42:
    case 0xFE534D42:
      return "smb";
    case 0x65735546:
      return "fuse";
    case 0x2FC12FC1:
      return "zfs";
    default:
      return "other";
  }
}

void look_at_file_system(const fs::path& folder, Findings& findings) {
  struct statfs about {};
  if (::statfs(folder.c_str(), &about) != 0) {
    findings.push_back({"folder", "fail", folder.string() + ": " + std::strerror(errno)});
    return;
  }
  const std::string_view name = name_of_file_system(static_cast<long>(about.f_type));
  const double free_gb = static_cast<double>(about.f_bavail) * static_cast<double>(about.f_bsize) / 1e9;
  char text[64];
  (void)std::snprintf(text, sizeof text, "%.1f GB free", free_gb);
  std::string detail = folder.string() + ": " + std::string(name) + ", " + text;
  std::string_view status = "ok";
  if (name == "nfs" || name == "smb" || name == "fuse") {
    status = "warn";
    detail += "; journals need a local file system (shared memory and locks)";
  } else if (name == "tmpfs") {
    status = "warn";
    detail += "; its files do not survive a restart";
  } else if (free_gb < 1.0) {
    status = "warn";
    detail += "; little room";
  }
  findings.push_back({"file system", status, detail});
}

// Median of some small durable writes, the price of one acknowledged commit.
void look_at_fsync(const fs::path& folder, Findings& findings) {
  std::string name = (folder / ".tactful-doctor-XXXXXX").string();
  const Descriptor file(::mkstemp(name.data()));
  if (!file.is_open()) {
    findings.push_back({"writing", "fail", folder.string() + ": " + std::strerror(errno)});
    return;
  }
  ::unlink(name.c_str());
  std::vector<double> times;
  const std::string block(4096, 't');
  for (int round = 0; round < kFsyncs; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    if (::write(file.get(), block.data(), block.size()) != static_cast<ssize_t>(block.size()) ||
        ::fsync(file.get()) != 0) {
      findings.push_back({"fsync", "fail", std::strerror(errno)});
      return;
    }
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  char text[160];
  (void)std::snprintf(text, sizeof text, "%.2f ms (median of %d, slowest %.2f ms)%s", median, kFsyncs, times.back(),
                      median > 50.0 ? "; slow: acknowledgements will be late" : "");
  findings.push_back({"fsync", median > 50.0 ? "warn" : "ok", text});
}

void look_at_key(const Arguments& arguments, Findings& findings) {
  const auto store = arguments.text("--store");
  const auto key = arguments.has("--key") ? arguments.text("--key")
                   : store                ? std::optional<std::string>(*store + ".key")
                                          : std::nullopt;
  if (!key) return;
  struct stat about {};
  if (::stat(key->c_str(), &about) != 0) {
    std::error_code failed;
    const bool is_new = store && !arguments.has("--key") && !fs::exists(*store, failed);
    findings.push_back({"key", is_new ? "ok" : "fail",
                        is_new ? *store + ": no such store yet; the first import makes it with its key"
                               : *key + ": " + std::strerror(errno) + "; without its key a store takes no events"});
    return;
  }
  char mode[16];
  (void)std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(about.st_mode & 07777));
  const bool open = (about.st_mode & 0077) != 0;
  const bool wrong_size = about.st_size != 32;
  findings.push_back({"key", open || wrong_size ? "fail" : "ok",
                      *key + ": mode " + mode + (open ? "; others may read it, chmod 600" : "") +
                          (wrong_size ? "; a key has 32 bytes, this file has " + std::to_string(about.st_size) : "")});
}

bool is_utf8_locale(std::string_view locale) {
  return locale.find("UTF-8") != std::string_view::npos || locale.find("utf8") != std::string_view::npos;
}

void look_at_surroundings(Console& console, Findings& findings) {
  const TimeMs now = now_ms();
  const bool sane = now > kYear2024 && now < kYear2100;
  findings.push_back(
      {"clock", sane ? "ok" : "fail", format_time(now) + (sane ? "" : "; events would carry a wrong time")});
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (locale.empty() && value != nullptr) locale = value;
  }
  const bool utf8 = is_utf8_locale(locale);
  findings.push_back({"locale", utf8 ? "ok" : "warn",
                      (locale.empty() ? std::string("none") : printable(locale)) +
                          (utf8 ? "" : "; not UTF-8: the terminal may garble Chinese, files are UTF-8 all the same")});
  const char* terminal = std::getenv("TERM");
  findings.push_back({"terminal", "ok",
                      std::string(terminal == nullptr ? "none" : terminal) + ", " + std::to_string(console.columns) +
                          " columns, " + (console.colour ? "colour" : "no colour")});
}

Result<int> run_doctor(const Arguments& arguments, Console& console) {
  const fs::path folder = arguments.text_or("--folder", ".");
  Findings findings;
  look_at_libraries(findings);
  std::error_code failed_to_look;
  if (fs::is_directory(folder, failed_to_look)) {
    look_at_file_system(folder, findings);
    look_at_fsync(folder, findings);
  } else {
    const bool exists = fs::exists(folder, failed_to_look);
    findings.push_back({"folder", "fail", folder.string() + (exists ? ": is no folder" : ": no such folder")});
  }
  look_at_key(arguments, findings);
  look_at_surroundings(console, findings);
  Table table{{"subject", "status", "detail"}, {}};
  bool failed = false;
  for (const Finding& one : findings) {
    table.rows.push_back({one.subject, one.status, one.detail});
    failed = failed || one.status == "fail";
  }
  console.out.write(render(table, console.format));
  return failed ? kStorageFailed : kDone;
}

}  // namespace

Command doctor_command() {
  Command command;
  command.name = "doctor";
  command.summary = "Whether this machine is fit: libraries, disk, key file, clock, locale, terminal.";
  command.examples = {{"tactful doctor --folder /var/lib/reminders", "The folder where journals will lie."},
                      {"tactful doctor --store pilot.db --json", "With the mode of the store's key, for a program."}};
  command.options = {{"--folder", "DIR", "Folder to try; default here."},
                     {"--store", "FILE", "Looks at its key, <store>.key."},
                     {"--key", "FILE", "Looks at this key."}};
  command.formats = {Format::kTable, Format::kJson, Format::kCsv, Format::kMarkdown};
  command.details = "Ends with 5 when something fails, with 0 when there are only warnings.";
  command.next = "tactful demo.";
  command.run = run_doctor;
  return command;
}

}  // namespace tactful::tools
