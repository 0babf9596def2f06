#include "eraser.hpp"

#include <sodium.h>

#include <algorithm>

#include "tactful/core/kill_point.hpp"

namespace tactful {
namespace {

constexpr std::int64_t kSliceRows = 65'536;  // some 10 ms of the writer's time
constexpr std::size_t kSliceMarks = 8'192;   // the same for tombstones

void bind(const Statement& statement, int column, std::int64_t value) {
  sqlite3_bind_int64(statement.get(), column, value);
}

void bind(const Statement& statement, int column, const std::string& text) {
  sqlite3_bind_text(statement.get(), column, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

}  // namespace

Eraser::Eraser(sqlite3* database, std::filesystem::path journal) : database_(database), journal_(std::move(journal)) {
  const Statement marks = prepare(database_, "SELECT mark FROM erased");
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(marks.get())) == SQLITE_ROW) marks_.insert(sqlite3_column_int64(marks.get(), 0));
  if (code != SQLITE_DONE) throw failure();
}

std::int64_t Eraser::mark_of(UnitId unit) noexcept {
  unsigned char input[16] = {'e', 'r', 'a', 's', 'e', 'd', '/', '1'};
  for (int i = 0; i < 8; ++i) input[8 + i] = static_cast<unsigned char>(static_cast<std::uint64_t>(unit) >> (8 * i));
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, input, sizeof input, nullptr, 0);
  std::uint64_t word = 0;
  for (int i = 7; i >= 0; --i) word = (word << 8) | hash[i];
  const auto mark = static_cast<std::int64_t>(word & 0x7fff'ffff'ffff'ffffULL);
  return mark == 0 ? 1 : mark;
}

Result<ErasureStep> Eraser::step() {
  try {
    if (work_) return advance();
    const auto files = list_erasure_requests(journal_);
    if (!files) return files.error();
    if (files->empty()) {
      if (Status status = sweep_erasure_folder(journal_); !status.ok()) return status.error();
      return ErasureStep::kIdle;
    }
    auto request = first_readable(*files);
    if (!request) return ErasureStep::kIdle;
    work_.emplace();
    work_->request = std::move(*request);
    work_->units.insert(work_->request.units.begin(), work_->request.units.end());
    for (const UnitId unit : work_->request.units) work_->marks.push_back(mark_of(unit));
    std::sort(work_->marks.begin(), work_->marks.end());  // ascending, so that each page is written about once
    return advance();
  } catch (const std::exception& failed) {
    work_.reset();
    return Error{ErrorCode::kStorage, std::string("cannot erase units: ") + failed.what(), journal_.string(), ""};
  }
}

std::optional<ErasureRequest> Eraser::first_readable(const std::vector<std::filesystem::path>& files) {
  for (const std::filesystem::path& file : files) {
    auto request = read_erasure_request(file);
    if (request) return std::move(request).value();
    if (request.error().code == ErrorCode::kNotFound) continue;
    if (complained_.insert(file).second) unreadable_.push_back(request.error());
  }
  return std::nullopt;
}

ErasureStep Eraser::advance() {
  if (!work_->is_marked()) {
    mark_slice();
  } else if (!work_->cleaned) {
    clean_slice();
  } else if (!cut_log()) {
    return ErasureStep::kWait;
  } else {
    finish();
  }
  return ErasureStep::kMore;
}

// From the last slice's commit on, nothing of the units is stored any more: whatever there is stands at or before
// `last`.
void Eraser::mark_slice() {
  const std::vector<std::int64_t>& marks = work_->marks;
  const std::size_t begin = work_->marked, end = std::min(begin + kSliceMarks, marks.size());
  in_transaction([&] {
    const Statement tombstone = prepare(database_, "INSERT OR IGNORE INTO erased(mark) VALUES(?)");
    for (std::size_t i = begin; i < end; ++i) {
      bind(tombstone, 1, marks[i]);
      if (sqlite3_step(tombstone.get()) != SQLITE_DONE) throw failure();
      sqlite3_reset(tombstone.get());
    }
    if (end == marks.size()) enter_receipt();
    TACTFUL_KILL_POINT("erasure-marking");
  });
  for (std::size_t i = begin; i < end; ++i) marks_.insert(marks[i]);
  work_->marked = end;
  if (!work_->is_marked()) return;
  work_->last = number("SELECT coalesce(max(sequence), 0) FROM events");
  TACTFUL_KILL_POINT("erasure-marked");
}

void Eraser::enter_receipt() {
  const Statement receipt =
      prepare(database_, "INSERT OR IGNORE INTO erasures(request, units, events, finished) VALUES(?, ?, 0, 0)");
  bind(receipt, 1, work_->request.name);
  bind(receipt, 2, static_cast<std::int64_t>(work_->request.units.size()));
  if (sqlite3_step(receipt.get()) != SQLITE_DONE) throw failure();
}

std::vector<std::int64_t> Eraser::find_slice() {
  const Statement select = prepare(
      database_, "SELECT sequence, unit FROM events WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?");
  bind(select, 1, work_->scanned);
  bind(select, 2, work_->last);
  bind(select, 3, kSliceRows);
  std::vector<std::int64_t> found;
  std::int64_t rows = 0;
  int code = SQLITE_ROW;
  for (; (code = sqlite3_step(select.get())) == SQLITE_ROW; ++rows) {
    const std::int64_t sequence = sqlite3_column_int64(select.get(), 0);
    if (sqlite3_column_type(select.get(), 0) != SQLITE_INTEGER || sequence <= work_->scanned) {
      throw std::runtime_error("the journal's sequences are none: the file is damaged");
    }
    work_->scanned = sequence;
    if (work_->units.count(sqlite3_column_int64(select.get(), 1)) == 1) found.push_back(work_->scanned);
  }
  if (code != SQLITE_DONE) throw failure();
  if (rows < kSliceRows) work_->scanned = work_->last;
  return found;
}

// The hulls and their number are one transaction, so that a kill cannot make the receipt wrong.
void Eraser::clean_slice() {
  const std::vector<std::int64_t> found = find_slice();
  const bool done = work_->scanned >= work_->last;
  if (!found.empty() || done) {
    in_transaction([&] {
      const Statement hull = prepare(
          database_,
          "UPDATE events SET type = 0, unit = 0, cluster = 0, at = 0, recorded_at = 0, event = 0, source = 0, "
          "experiment = 0,"
          " experiment_fingerprint = 0, variant = 0, wording_fingerprint = 0, phase = 0, reason = 0, channel = 0, kind "
          "= 0,"
          " segments = 0, value = 0, ticket = 0, assignee = 0, ticket_before = 0, ticket_after = 0 WHERE sequence = ?");
      for (const std::int64_t sequence : found) {
        bind(hull, 1, sequence);
        if (sqlite3_step(hull.get()) != SQLITE_DONE) throw failure();
        sqlite3_reset(hull.get());
      }
      const Statement receipt =
          prepare(database_, "UPDATE erasures SET events = events + ?, finished = ? WHERE request = ?");
      bind(receipt, 1, static_cast<std::int64_t>(found.size()));
      bind(receipt, 2, std::int64_t{done});
      bind(receipt, 3, work_->request.name);
      if (sqlite3_step(receipt.get()) != SQLITE_DONE) throw failure();
      TACTFUL_KILL_POINT("erasure-cleaning");
    });
  }
  work_->cleaned = done;
  TACTFUL_KILL_POINT("erasure-cleaned");
}

// Syncs the log, moves it into the database, syncs that, and leaves an empty log: whatever the durability, all that was
// done so far is durable after it. Waits for nobody: a reader in the middle of its work has it tried again.
bool Eraser::cut_log() {
  sqlite3_busy_timeout(database_, 0);
  const int code = sqlite3_wal_checkpoint_v2(database_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  const std::runtime_error cause = failure();
  sqlite3_busy_timeout(database_, kBusyTimeoutMs);
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return false;
  if (code != SQLITE_OK) throw std::runtime_error(cause);
  TACTFUL_KILL_POINT("erasure-log-cut");
  return true;
}

void Eraser::finish() {
  if (Status status = remove_erasure_request(work_->request.file); !status.ok()) {
    throw std::runtime_error(describe(status.error()));
  }
  const Statement receipt = prepare(database_, "SELECT events FROM erasures WHERE request = ?");
  bind(receipt, 1, work_->request.name);
  if (sqlite3_step(receipt.get()) != SQLITE_ROW) throw failure();
  finished_.push_back({work_->request.name, static_cast<std::int64_t>(work_->request.units.size()),
                       sqlite3_column_int64(receipt.get(), 0), true});
  work_.reset();
}

std::vector<ErasureReceipt> Eraser::take_finished() { return std::exchange(finished_, {}); }

template <typename Change>
void Eraser::in_transaction(Change change) {
  execute("BEGIN IMMEDIATE");
  try {
    change();
    execute("COMMIT");
  } catch (...) {
    sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

std::int64_t Eraser::number(const char* sql) {
  const Statement statement = prepare(database_, sql);
  if (sqlite3_step(statement.get()) != SQLITE_ROW) throw failure();
  return sqlite3_column_int64(statement.get(), 0);
}

void Eraser::execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) throw failure();
}

std::runtime_error Eraser::failure() const { return std::runtime_error(sqlite3_errmsg(database_)); }

}  // namespace tactful
