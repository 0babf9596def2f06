#include "folder_names.hpp"

#include <dirent.h>

#include <cerrno>
#include <memory>

#include "tactful/core/descriptor.hpp"

namespace tactful {
namespace {

struct Close {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

}  // namespace

Result<std::vector<std::string>> folder_names(const std::filesystem::path& folder) {
  const std::unique_ptr<DIR, Close> directory(::opendir(folder.c_str()));
  if (!directory) return system_error("cannot list the folder", folder, errno);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr && errno != 0) return system_error("cannot list the folder", folder, errno);
    if (entry == nullptr) return names;
    names.emplace_back(entry->d_name);
  }
}

}  // namespace tactful
