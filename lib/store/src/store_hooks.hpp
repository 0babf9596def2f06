#pragma once

#include <functional>
#include <string_view>

#include "tactful/store/store.hpp"

namespace tactful {

/// Lets tests stop the process between two steps, and tell where a store lies; tests only.
struct StoreHooks {
  std::function<void(std::string_view)> at;  ///< Called with the name of the step that comes next.
  /// In place of file_system_of().
  std::function<Result<unsigned long>(const std::filesystem::path&)> file_system;
};

[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& file, Store::Mode mode,
                                                        LogSink* log, StoreHooks hooks);

}  // namespace tactful
