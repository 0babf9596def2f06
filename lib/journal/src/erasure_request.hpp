#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tactful/core/result.hpp"
#include "tactful/journal/pseudonym.hpp"

namespace tactful {

/// One request as it lies in `<journal>.erasures/<name>.request`.
struct ErasureRequest {
  std::filesystem::path file;
  std::string name;           ///< 32 hex digits.
  std::vector<UnitId> units;  ///< Ascending, each once.
};

/// Where the requests to a journal's owner lie; absent when there is none.
[[nodiscard]] std::filesystem::path erasure_folder(const std::filesystem::path& journal);

/// Puts a request beside a journal, durably. Errors: kStorage, kRefused when the file cannot be given to the journal's
/// owner.
[[nodiscard]] Status write_erasure_request(const std::filesystem::path& journal, const std::string& name,
                                           std::span<const UnitId> units);

/// The files of the requests beside a journal, sorted by name. Errors: kStorage.
[[nodiscard]] Result<std::vector<std::filesystem::path>> list_erasure_requests(const std::filesystem::path& journal);

/// Errors: kStorage, kInvalidInput when the file is no request.
[[nodiscard]] Result<ErasureRequest> read_erasure_request(const std::filesystem::path& file);

/// Overwrites and removes a request that is done, and its folder when that is empty then. Errors: kStorage.
[[nodiscard]] Status remove_erasure_request(const std::filesystem::path& file);

/// For the owner, when there is no request: removes what an asker that was killed left half written.
/// Errors: kStorage.
[[nodiscard]] Status sweep_erasure_folder(const std::filesystem::path& journal);

}  // namespace tactful
