#pragma once

#include <sys/types.h>

#include <cstdint>

namespace tactful {

/// Tells a forked child from the process that made it, at the price of one load: a page that the kernel wipes in
/// children (MADV_WIPEONFORK). Where the kernel cannot, process ids are compared.
/// Thread-safety: const use from several threads is safe.
class ForkGuard {
 public:
  ForkGuard() noexcept;
  ~ForkGuard();
  ForkGuard(const ForkGuard&) = delete;
  ForkGuard& operator=(const ForkGuard&) = delete;

  /// Whether this is another process than the one that made the guard.
  [[nodiscard]] bool is_child() const noexcept;

 private:
  volatile std::uint64_t* mark_ = nullptr;
  pid_t pid_;
};

}  // namespace tactful
