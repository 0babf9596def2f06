#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/core/time.hpp"
#include "tactful/journal/pseudonym.hpp"
#include "tactful/store/store.hpp"

namespace tactful {

enum class Encoding { kUtf8, kGb18030 };

/// How to read a CSV file (RFC 4180; first row names the columns; `.gz` is unpacked while reading; a byte order mark is
/// skipped).
struct CsvOptions {
  Encoding encoding = Encoding::kUtf8;
  char delimiter = ',';
  std::map<std::string, std::string> columns;  ///< Our field to the file's column: {"unit", "hh_id"}.
  std::optional<UtcOffset> assumed_zone;       ///< For times without a zone; without it they are refused.
};

/// `tactful import --units`: one row per unit, `unit`, `variant`, optional `at`, `cluster`; each column named like an
/// outcome kind is its value; other columns are segments, but for `event_id`, which is not read.
struct UnitsImport {
  std::filesystem::path file;
  std::string experiment;  ///< Key.
  CsvOptions csv;
  std::set<std::string> outcome_kinds;  ///< Columns (after mapping) that are outcomes; the well-known kinds are always.
  std::optional<std::set<std::string>> segments;  ///< Which other columns to keep; nothing: all; empty: none.
  bool replace = false;                           ///< Replace an earlier table of this experiment.
  bool row_is_unit = false;  ///< The file has no id: each row is a unit of its own, `unit` is neither read nor kept.
};

/// `tactful import --exposures FILE [--outcomes FILE]`: unit,variant,at[,cluster][,delivered][,event_id][,segments...]
/// and unit,kind,at[,value][,event_id].
struct EventsImport {
  std::filesystem::path exposures;  ///< Empty: none.
  std::filesystem::path outcomes;   ///< Empty: none.
  std::string experiment;           ///< Key; for exposures.
  CsvOptions exposures_csv;
  CsvOptions outcomes_csv;
  std::map<std::string, std::string>
      delivered;                    ///< Value of the `delivered` column to the variant it stands for; empty: itself.
  std::string outcome_kind;         ///< Kind of every outcome row where the file has no `kind` column; or empty.
  bool skip_zero_outcomes = false;  ///< Rows whose value is 0 (or no/false) are not outcomes: a 0/1 flag column.
  std::string phase = "pilot";
  std::string source = "import";
  std::optional<std::set<std::string>> segments;  ///< As in UnitsImport.
};

/// Imports a wide table; nothing is kept on an error.
/// Errors: kInvalidInput at `file:line:column`, saying what was expected (empty or truncated file, missing column,
/// wrong encoding, unreadable value, a unit twice in one variant with other values); kNotFound; kStorage; kConflict
/// (see Store::ingest_wide).
[[nodiscard]] Result<IngestSummary> import_units(Store& store, const Pseudonymizer& pseudonymizer,
                                                 const UnitsImport& request);

/// Imports event files; nothing is kept on an error. `now` becomes recorded_at. Rows without event_id get their
/// identity from the file's content hash and row number, so that the same file twice adds nothing. Errors: as
/// import_units().
[[nodiscard]] Result<IngestSummary> import_events(Store& store, const Pseudonymizer& pseudonymizer,
                                                  const EventsImport& request, TimeMs now);

}  // namespace tactful
