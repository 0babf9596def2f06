#pragma once

#include <functional>
#include <string_view>

#include "tactful/store/store.hpp"

namespace tactful {

/// Lets tests stop the process between two steps; tests only.
struct StoreHooks {
  std::function<void(std::string_view)> at;  ///< Called with the name of the step that comes next.
};

[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& file, Store::Mode mode,
                                                        LogSink* log, StoreHooks hooks);

}  // namespace tactful
