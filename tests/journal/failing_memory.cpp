#include "failing_memory.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<bool> is_armed{false}, fails_on{false};
std::atomic<long> left{0}, from{0}, failed{0};
sqlite3_mem_methods plain;

bool must_fail() {
  if (!is_armed.load()) return false;
  const long before = left.fetch_sub(1);
  if (before > 1 || (before < 1 && !fails_on)) return false;
  ++failed;
  return true;
}

}  // namespace

void* operator new(std::size_t size) {
  if (must_fail()) throw std::bad_alloc();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace tactful::test {

bool FailingMemory::take_over_sqlite() {
  sqlite3_shutdown();
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain) != SQLITE_OK) return false;
  sqlite3_mem_methods failing = plain;
  failing.xMalloc = [](int size) { return must_fail() ? nullptr : plain.xMalloc(size); };
  failing.xRealloc = [](void* old, int size) { return must_fail() ? nullptr : plain.xRealloc(old, size); };
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) == SQLITE_OK && sqlite3_initialize() == SQLITE_OK;
}

void FailingMemory::arm(int countdown, bool goes_on) {
  is_armed = false;
  left = from = countdown;
  fails_on = goes_on;
  is_armed = true;
}

long FailingMemory::disarm() {
  is_armed = false;
  return from - left;
}

long FailingMemory::failures() { return failed; }

}  // namespace tactful::test
