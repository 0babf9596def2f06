#include "fresh_store.hpp"

namespace tactful::tools {

FreshStore::FreshStore(const Arguments& arguments, std::filesystem::path store_file)
    : store_file_(std::move(store_file)) {
  std::error_code failed;
  store_is_new_ = !std::filesystem::exists(store_file_, failed) && !failed;
  key_is_new_ = store_is_new_ && !arguments.has("--key") &&
                !std::filesystem::exists(store_file_.string() + ".key", failed) && !failed;
}

void FreshStore::remove_if_empty(const Store& store) const {
  const auto totals = store.totals();
  if (!store_is_new_ || !totals || totals->segments > 0 || totals->journals > 0 || totals->quarantined > 0) return;
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm", ".lock"})
    std::filesystem::remove(store_file_.string() + suffix, ignored);
  if (key_is_new_) std::filesystem::remove(store_file_.string() + ".key", ignored);
}

}  // namespace tactful::tools
