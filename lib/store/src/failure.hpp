#pragma once

#include <SQLiteCpp/Exception.h>

#include <exception>
#include <string>
#include <utility>

#include "tactful/core/result.hpp"

namespace tactful::store_detail {

/// Carries an Error up to the floor's boundary; never crosses it.
struct Failure : std::exception {
  explicit Failure(Error what) : error(std::move(what)) {}
  Error error;
};

/// What to do about a damaged store. Tombstones live in the store alone.
inline constexpr const char* kRebuildHint =
    "restore a copy, or collect the journals and import the files into a new store; then run tactful forget again for "
    "everybody who was forgotten: a new store knows none of them, a copy none of those since";

/// What SQLite reported, in the project's terms.
[[nodiscard]] Error storage_error(const SQLite::Exception& exception, const std::string& file);

/// Runs `body` and turns what it throws into an Error: the only way out of this floor.
template <typename Body>
[[nodiscard]] auto guarded(const std::string& file, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Failure& failure) {
    return failure.error;
  } catch (const SQLite::Exception& exception) {
    return storage_error(exception, file);
  } catch (const std::exception& exception) {
    return Error{ErrorCode::kStorage, exception.what(), file, ""};
  }
}

}  // namespace tactful::store_detail
