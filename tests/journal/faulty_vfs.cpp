#include "faulty_vfs.hpp"

#include <new>

namespace tactful::test {
namespace {

struct ShimFile {
  sqlite3_file base;
  FaultyVfs* vfs;
  sqlite3_file* real;
};

ShimFile* shim(sqlite3_file* file) { return reinterpret_cast<ShimFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return shim(file)->real; }
const sqlite3_io_methods* methods(sqlite3_file* file) { return real(file)->pMethods; }
bool fails(sqlite3_file* file) { return shim(file)->vfs->fails(); }

int close_file(sqlite3_file* f) { return methods(f)->xClose(real(f)); }
int read_file(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  return fails(f) ? SQLITE_IOERR_READ : methods(f)->xRead(real(f), to, size, at);
}
// Half of what fails was written all the same.
int write_file(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  if (!shim(f)->vfs->has_space(size)) return SQLITE_FULL;
  if (fails(f)) {
    if (at % 3 == 0) methods(f)->xWrite(real(f), from, size / 2, at);
    return SQLITE_IOERR_WRITE;
  }
  return methods(f)->xWrite(real(f), from, size, at);
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  return fails(f) ? SQLITE_IOERR_TRUNCATE : methods(f)->xTruncate(real(f), size);
}
int sync_file(sqlite3_file* f, int) { return fails(f) ? SQLITE_IOERR_FSYNC : SQLITE_OK; }
int file_size(sqlite3_file* f, sqlite3_int64* size) {
  return fails(f) ? SQLITE_IOERR_FSTAT : methods(f)->xFileSize(real(f), size);
}
int lock(sqlite3_file* f, int level) { return methods(f)->xLock(real(f), level); }
int unlock(sqlite3_file* f, int level) { return methods(f)->xUnlock(real(f), level); }
int check_lock(sqlite3_file* f, int* result) { return methods(f)->xCheckReservedLock(real(f), result); }
int control(sqlite3_file* f, int op, void* argument) { return methods(f)->xFileControl(real(f), op, argument); }
int sector_size(sqlite3_file* f) { return methods(f)->xSectorSize(real(f)); }
int characteristics(sqlite3_file* f) { return methods(f)->xDeviceCharacteristics(real(f)); }
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** to) {
  return methods(f)->xShmMap(real(f), page, size, extend, to);
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) { return methods(f)->xShmLock(real(f), offset, n, flags); }
void shm_barrier(sqlite3_file* f) { methods(f)->xShmBarrier(real(f)); }
int shm_unmap(sqlite3_file* f, int remove) { return methods(f)->xShmUnmap(real(f), remove); }

const sqlite3_io_methods kMethods = {
    2,        close_file,  read_file,  write_file, truncate_file, sync_file,       file_size,
    lock,     unlock,      check_lock, control,    sector_size,   characteristics, shm_map,
    shm_lock, shm_barrier, shm_unmap,  nullptr,    nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  auto* self = static_cast<FaultyVfs*>(vfs->pAppData);
  auto* opened = new (file) ShimFile{{nullptr}, self, reinterpret_cast<sqlite3_file*>(shim(file) + 1)};
  opened->real->pMethods = nullptr;
  if (self->fails()) return SQLITE_CANTOPEN;
  const int code = self->real->xOpen(self->real, name, opened->real, flags, flags_out);
  if (opened->real->pMethods != nullptr) opened->base.pMethods = &kMethods;
  return code;
}

}  // namespace

FaultyVfs::FaultyVfs(unsigned seed) : real(sqlite3_vfs_find(nullptr)), random_(seed), vfs_(*real) {
  vfs_.pNext = nullptr;
  vfs_.zName = "faulty";
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(ShimFile)) + real->szOsFile;
  vfs_.xOpen = open_file;
  sqlite3_vfs_register(&vfs_, 1);
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&vfs_); }

bool FaultyVfs::fails() {
  const int rate = failures_per_thousand;
  if (rate == 0 || static_cast<int>(random_() % 1'000) >= rate) return false;
  ++failed;
  return true;
}

bool FaultyVfs::has_space(std::int64_t bytes) {
  const std::int64_t left = quota_bytes;
  if (left < 0) return true;
  if (left < bytes) {
    ++failed;
    return false;
  }
  quota_bytes = left - bytes;
  return true;
}

}  // namespace tactful::test
