#include "failure.hpp"

#include <sqlite3.h>

namespace tactful::store_detail {

Error storage_error(const SQLite::Exception& exception, const std::string& file) {
  switch (exception.getErrorCode() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, "another process is changing the store", file, "try again when it is done"};
    case SQLITE_NOTADB:
      return {ErrorCode::kInvalidInput, "the file is not a store", file, "name the file that collect or import made"};
    case SQLITE_FULL:
      return {ErrorCode::kStorage, "the disk is full", file,
              "free some space and run it again; nothing of this run was kept"};
    case SQLITE_IOERR:
      return {
          ErrorCode::kStorage, std::string("the store cannot be read or written: ") + exception.what(), file,
          "is the disk full, removed or failing? tactful doctor --folder FOLDER tells; nothing of this run was kept"};
    case SQLITE_CORRUPT:
      return {ErrorCode::kStorage, std::string("the store is damaged: ") + exception.what(), file, kRebuildHint};
    default:
      return {ErrorCode::kStorage, std::string("the store cannot be used: ") + exception.what(), file, ""};
  }
}

}  // namespace tactful::store_detail
