#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/experiment/ledger.hpp"

namespace tactful {

/// 64 zeros, the `previous` of the first entry.
[[nodiscard]] std::string no_hash();

/// The entry's hash: BLAKE2b-256 over the canonical JSON of all fields but the hash.
[[nodiscard]] std::string hash_of(const LedgerEntry& entry);

/// The entry as its line, without the line feed.
[[nodiscard]] std::string to_line(const LedgerEntry& entry);

/// Reads one line and verifies it against the entry before it. Errors: kInvalidExperiment, without a place.
[[nodiscard]] Result<LedgerEntry> verify_line(std::string_view line, std::int64_t sequence, std::string_view previous);

/// A whole ledger file, verified.
struct LedgerText {
  std::vector<LedgerEntry> entries;
  std::size_t whole_bytes = 0;    ///< Length of the verified entries in the file.
  std::size_t torn_bytes = 0;     ///< Length of what follows them: the rest of an append that never finished.
  bool ends_with_newline = true;  ///< Whether the last verified entry is followed by a line feed.
};

/// Errors: kInvalidExperiment naming `path`:line.
[[nodiscard]] Result<LedgerText> verify_text(std::string_view text, const std::filesystem::path& path);

}  // namespace tactful
