#pragma once

#include <filesystem>

#include "command.hpp"
#include "tactful/store/store.hpp"

namespace tactful::tools {

/// Takes back a store, and its default key, that this run has made and put nothing into. Made before the store is
/// opened; removes what did not exist then, unless it was kept.
class FreshStore {
 public:
  FreshStore(const Arguments& arguments, std::filesystem::path store_file);
  /// `store` is open and locked while its files go, so that nobody else has begun to use them.
  void remove_if_empty(const Store& store) const;

 private:
  std::filesystem::path store_file_;
  bool store_is_new_, key_is_new_;
};

}  // namespace tactful::tools
