#include "tactful/core/file_system.hpp"

#include <sys/vfs.h>

#include <cerrno>

#include "tactful/core/descriptor.hpp"

namespace tactful {

Result<unsigned long> file_system_of(const std::filesystem::path& folder) {
  struct statfs info {};
  if (::statfs(folder.c_str(), &info) != 0) return storage_error("cannot examine the file system", folder, errno);
  return static_cast<unsigned long>(info.f_type);
}

const char* network_file_system(unsigned long magic) noexcept {
  switch (magic & 0xffff'ffffUL) {
    case 0x6969:
      return "NFS";
    case 0x517b:
      return "SMB";
    case 0xfe534d42:
      return "SMB2";
    case 0xff534d42:
      return "CIFS";
    case 0x564c:
      return "NCP";
    case 0x5346414f:
      return "AFS";
    case 0x6b414653:
      return "kAFS";
    case 0x73757245:
      return "Coda";
    case 0x00c36400:
      return "Ceph";
    case 0x0bd00bd0:
      return "Lustre";
    case 0x47504653:
      return "GPFS";
    case 0x01161970:
      return "GFS2";
    case 0x7461636f:
      return "OCFS2";
    case 0x01021997:
      return "9P";
    default:
      return nullptr;
  }
}

bool is_user_file_system(unsigned long magic) noexcept { return (magic & 0xffff'ffffUL) == 0x65735546; }

}  // namespace tactful
