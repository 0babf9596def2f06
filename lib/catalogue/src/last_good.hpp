#pragma once

#include <filesystem>

#include "load_folder.hpp"

namespace tactful {

/// A folder that keeps a copy of the last good experiments: `good-<n>` is the copy, of several the one with the largest
/// n; `incoming` and `restored` are being made. One process at a time. Not thread-safe.
class LastGood {
 public:
  explicit LastGood(std::filesystem::path store) : store_(std::move(store)) {}

  [[nodiscard]] bool is_on() const noexcept { return !store_.empty(); }

  /// Copies the experiment files and ledgers of `folder` to staged(). Errors: kNotFound where there is no such folder,
  /// kStorage.
  [[nodiscard]] Status stage(const std::filesystem::path& folder);
  [[nodiscard]] std::filesystem::path staged() const { return store_ / "incoming"; }

  /// Makes what is staged the copy, and removes older ones. Errors: kStorage.
  [[nodiscard]] Status publish();

  struct Rules {
    std::shared_ptr<const RuleSet> rules;  ///< nullptr where there is no copy, or one without rules that can be used.
    bool are_unreadable = false;           ///< The copy has packs, and this release cannot use them.
  };
  /// What the copy was served with.
  [[nodiscard]] Rules rules() const;

  /// Loads the copy, with the ledgers of `folder` where they verify; with `require_rules` only one whose texts rules
  /// have read. Errors: kNotFound where there is no copy that loads without an error; kStorage.
  [[nodiscard]] Result<LoadedFolder> restore(const std::filesystem::path& folder, bool require_rules);

 private:
  std::filesystem::path store_;
};

}  // namespace tactful
