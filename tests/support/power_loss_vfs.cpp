#include "support/power_loss_vfs.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <new>
#include <utility>

namespace tactful::test {
namespace {

struct ShimFile {
  sqlite3_file base;
  PowerLossVfs* vfs;
  PowerLossVfs::File* state;  // null for files that are not tracked
  sqlite3_file* real;
};

ShimFile* shim(sqlite3_file* file) { return reinterpret_cast<ShimFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return shim(file)->real; }
const sqlite3_io_methods* methods(sqlite3_file* file) { return real(file)->pMethods; }

void apply(std::string& image, const PowerLossVfs::Change& change) {
  if (change.truncates) {
    image.resize(static_cast<std::size_t>(change.offset));
    return;
  }
  const auto end = static_cast<std::size_t>(change.offset) + change.data.size();
  if (image.size() < end) image.resize(end);
  std::copy(change.data.begin(), change.data.end(), image.begin() + change.offset);
}

void note(sqlite3_file* file, PowerLossVfs::Change change) {
  if (shim(file)->state == nullptr) return;
  if (shim(file)->vfs->before_change) shim(file)->vfs->before_change();
  shim(file)->state->pending.push_back(std::move(change));
}

int close_file(sqlite3_file* f) { return methods(f)->xClose(real(f)); }
int read_file(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  return methods(f)->xRead(real(f), to, size, at);
}
int write_file(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  note(f, {false, at, std::string(static_cast<const char*>(from), static_cast<std::size_t>(size))});
  return methods(f)->xWrite(real(f), from, size, at);
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  note(f, {true, size, {}});
  return methods(f)->xTruncate(real(f), size);
}
int sync_file(sqlite3_file* f, int) {
  ShimFile* file = shim(f);
  if (file->state == nullptr) return SQLITE_OK;
  if (file->vfs->before_change) file->vfs->before_change();
  for (const auto& change : file->state->pending) apply(file->state->synced, change);
  file->state->pending.clear();
  // SQLite's file system syncs the folder with the first sync of a new journal or log, not of a new database.
  if (file->state->syncs_folder) file->vfs->sync_folder();
  file->state->syncs_folder = false;
  return SQLITE_OK;
}
int file_size(sqlite3_file* f, sqlite3_int64* size) { return methods(f)->xFileSize(real(f), size); }
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

// What lies on the disk when a file is opened counts as durable.
std::string content(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  methods(file)->xFileSize(real(file), &size);
  std::string text(static_cast<std::size_t>(size), '\0');
  if (size > 0) methods(file)->xRead(real(file), text.data(), static_cast<int>(size), 0);
  return text;
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  auto* self = static_cast<PowerLossVfs*>(vfs->pAppData);
  auto* opened = new (file) ShimFile{{nullptr}, self, nullptr, reinterpret_cast<sqlite3_file*>(shim(file) + 1)};
  const int code = self->real->xOpen(self->real, name, opened->real, flags, flags_out);
  if (opened->real->pMethods == nullptr) return code;
  opened->base.pMethods = &kMethods;
  constexpr int kTracked = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
  if (code != SQLITE_OK || name == nullptr || (flags & kTracked) == 0) return code;
  const auto [entry, is_new] = self->files.try_emplace(name);
  if (is_new) {
    entry->second.synced = content(file);
    entry->second.has_entry = !entry->second.synced.empty();
    entry->second.syncs_folder = !entry->second.has_entry && (flags & SQLITE_OPEN_MAIN_DB) == 0;
  }
  opened->state = &entry->second;
  return code;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  auto* self = static_cast<PowerLossVfs*>(vfs->pAppData);
  if (self->before_change) self->before_change();
  self->deleted.erase(name);
  if (auto node = self->files.extract(name); !node.empty() && sync_folder == 0) self->deleted.insert(std::move(node));
  const int code = self->real->xDelete(self->real, name, sync_folder);
  if (sync_folder != 0) self->sync_folder();
  return code;
}

}  // namespace

PowerLossVfs::PowerLossVfs() : real(sqlite3_vfs_find(nullptr)), vfs_(*real) {
  vfs_.pNext = nullptr;
  vfs_.zName = "power-loss";
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(ShimFile)) + real->szOsFile;
  vfs_.xOpen = open_file;
  vfs_.xDelete = delete_file;
  sqlite3_vfs_register(&vfs_, 1);
}

void PowerLossVfs::sync_folder() {
  deleted.clear();
  for (auto& named : files) named.second.has_entry = true;
}

PowerLossVfs::~PowerLossVfs() { sqlite3_vfs_unregister(&vfs_); }

namespace {

std::string found_again(const PowerLossVfs::File& file, std::mt19937& random) {
  constexpr std::size_t kSector = 4096;
  std::string image = file.synced;
  for (const PowerLossVfs::Change& change : file.pending) {
    if (change.truncates) {
      if (random() % 2 == 0) apply(image, change);
      continue;
    }
    for (std::size_t at = 0; at < change.data.size(); at += kSector) {
      if (random() % 2 == 0) continue;
      apply(image, {false, change.offset + static_cast<sqlite3_int64>(at), change.data.substr(at, kSector)});
    }
  }
  return image;
}

}  // namespace

void PowerLossVfs::lose_power(const std::filesystem::path& folder, std::mt19937& random) const {
  std::filesystem::create_directories(folder);
  const auto write = [&](const auto& named) {
    std::ofstream out(folder / std::filesystem::path(named.first).filename(), std::ios::binary);
    out << found_again(named.second, random) << std::flush;
    if (out) return;
    std::cerr << "cannot write a picture into " << folder << "\n";
    std::abort();  // SQLite stands between here and the test, so that nothing can be thrown
  };
  for (const auto& named : deleted) {
    if (random() % 2 == 0) write(named);
  }
  for (const auto& named : files) {
    if (named.second.has_entry || random() % 2 == 0) write(named);
  }
}

}  // namespace tactful::test
