#include "folder_is_there.hpp"

#include <system_error>

namespace tactful {

namespace fs = std::filesystem;

Result<bool> folder_is_there(const fs::path& folder) {
  const auto failed = [&](const std::string& why) {
    return Error{ErrorCode::kStorage, "cannot look into the folder: " + why, folder.string(),
                 "mend it, or take it away"};
  };
  std::error_code error;
  const fs::file_type itself = fs::symlink_status(folder, error).type();
  if (itself == fs::file_type::not_found) return false;
  if (error) return failed(error.message());
  const fs::file_type type = fs::status(folder, error).type();
  if (type == fs::file_type::directory) return true;
  return failed(error ? error.message() : "it is none");
}

}  // namespace tactful
