#include "last_good.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>

#include "folder_is_there.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "good-";
constexpr std::string_view kLedgerSuffix = ".ledger.jsonl";

Error storage(const fs::path& path, const std::error_code& cause) {
  return {ErrorCode::kStorage, "cannot keep the last good copy: " + cause.message(), path.string(),
          "check that the folder can be written"};
}

Status make_empty(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) fs::create_directories(folder, error);
  if (error) return storage(folder, error);
  return {};
}

bool is_kept(const std::string& name) { return name.ends_with(".json") || name.ends_with(kLedgerSuffix); }

// What is read below the folder of experiments.
constexpr std::array<const char*, 4> kSubfolders = {"wordings", "rules", "scenarios", "contact"};

Status copy_files(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::directory_iterator entry(from, error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
    return Error{ErrorCode::kNotFound, "there is no folder of experiments", from.string(), "check the path"};
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code vanished;
    const std::string name = entry->path().filename().string();
    if (!entry->is_regular_file(vanished) || !is_kept(name)) continue;
    const auto text = read_file(entry->path());
    if (!text) return text.error();
    if (Status written = write_file_atomically(to / name, *text); !written) return written;
  }
  if (error) return storage(from, error);
  return {};
}

Status copy_folder(const fs::path& from, const fs::path& to) {
  if (Status copied = copy_files(from, to); !copied) return copied;
  for (const char* name : kSubfolders) {
    const auto there = folder_is_there(from / name);
    if (!there) return there.error();
    if (!*there) continue;
    std::error_code error;
    fs::create_directories(to / name, error);
    if (error) return storage(to / name, error);
    if (Status copied = copy_files(from / name, to / name); !copied) return copied;
  }
  return {};
}

std::optional<std::uint64_t> number_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [rest, failed] = std::from_chars(name.data() + kPrefix.size(), end, number);
  return failed == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// Largest number first.
std::vector<std::pair<std::uint64_t, fs::path>> copies_in(const fs::path& store) {
  std::vector<std::pair<std::uint64_t, fs::path>> copies;
  std::error_code error;
  for (fs::directory_iterator entry(store, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (const auto number = number_of(entry->path())) copies.emplace_back(*number, entry->path());
  }
  std::sort(copies.rbegin(), copies.rend());
  return copies;
}

// Lays the ledgers of `live` over the copy: what was stopped since stays stopped.
Status lay_ledgers_over(const fs::path& live, const fs::path& copy) {
  std::vector<std::string> keys;
  std::error_code error;
  for (fs::directory_iterator entry(copy, error); !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path name = entry->path().filename();
    if (name.extension() == ".json") keys.push_back(name.stem().string());
  }
  for (const std::string& key : keys) {
    const fs::path path = Ledger::path_of(live, key);
    std::error_code absent;
    if (!fs::exists(path, absent) || !Ledger::read(path)) continue;
    const auto text = read_file(path);
    if (!text) continue;
    if (Status written = write_file_atomically(Ledger::path_of(copy, key), *text); !written) return written;
  }
  return {};
}

// Packs that a program of an older release read count, whether this one reads them or not.
bool holds_packs(const fs::path& rules) {
  std::error_code error;
  fs::directory_iterator entry(rules, error);
  if (error) return error != std::errc::no_such_file_or_directory;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    if (const std::string name = entry->path().filename().string();
        name.ends_with(".json") && !name.ends_with(".schema.json"))
      return true;
  return static_cast<bool>(error);
}

bool lacks_rules(const LoadedFolder& loaded) {
  return std::any_of(loaded.findings.begin(), loaded.findings.end(), [](const FileFindings& file) {
    return std::any_of(file.diagnostics.begin(), file.diagnostics.end(),
                       [](const Diagnostic& one) { return one.rule == "no-rules"; });
  });
}

}  // namespace

Status LastGood::stage(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return Error{ErrorCode::kNotFound, "there is no folder of experiments", folder.string(), "check the path"};
  if (Status made = make_empty(staged()); !made) return made;
  return copy_folder(folder, staged());
}

Status LastGood::publish() {
  const auto older = copies_in(store_);
  const std::uint64_t number = older.empty() ? 1 : older.front().first + 1;
  const fs::path copy = store_ / (std::string(kPrefix) + std::to_string(number));
  std::error_code error;
  fs::rename(staged(), copy, error);
  if (error) return storage(copy, error);
  for (const auto& [unused, path] : older) fs::remove_all(path, error);
  return {};
}

LastGood::Rules LastGood::rules() const {
  Rules kept;
  if (!is_on()) return kept;
  for (const auto& [number, copy] : copies_in(store_)) {
    const auto words = load_wordings(copy);
    if (words && words->wordings.rules != nullptr) return {words->wordings.rules, false};
    kept.are_unreadable = kept.are_unreadable || holds_packs(copy / "rules");
  }
  return kept;
}

Result<LoadedFolder> LastGood::restore(const fs::path& folder, bool require_rules) {
  for (const auto& [number, copy] : is_on() ? copies_in(store_) : std::vector<std::pair<std::uint64_t, fs::path>>()) {
    const fs::path restored = store_ / "restored";
    for (const bool with_live_ledgers : {true, false}) {
      if (Status made = make_empty(restored); !made) return made.error();
      if (Status copied = copy_folder(copy, restored); !copied) return copied.error();
      if (with_live_ledgers) {
        if (Status laid = lay_ledgers_over(folder, restored); !laid) return laid.error();
      }
      auto loaded = load_folder(restored);
      if (loaded && !loaded->has_errors() && !(require_rules && lacks_rules(*loaded))) return loaded;
    }
  }
  return Error{ErrorCode::kNotFound, "there is no last good copy", store_.string(), ""};
}

}  // namespace tactful
