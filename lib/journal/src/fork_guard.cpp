#include "fork_guard.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace tactful {
namespace {

constexpr std::size_t kPage = 4096;

}  // namespace

ForkGuard::ForkGuard() noexcept : pid_(::getpid()) {
  void* page = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  if (::madvise(page, kPage, MADV_WIPEONFORK) != 0) {
    ::munmap(page, kPage);
    return;
  }
  mark_ = static_cast<std::uint64_t*>(page);
  *mark_ = 1;
}

ForkGuard::~ForkGuard() {
  if (mark_ != nullptr) ::munmap(const_cast<std::uint64_t*>(mark_), kPage);
}

bool ForkGuard::is_child() const noexcept { return mark_ != nullptr ? *mark_ == 0 : ::getpid() != pid_; }

}  // namespace tactful
