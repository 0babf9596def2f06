#include "check_contact.hpp"

#include "contact_files.hpp"

namespace tactful::tools {

Result<CheckedFile> check_contact_file(const std::filesystem::path& file) {
  auto read = check_contact_policy(file);
  if (!read) return read.error();
  CheckedFile checked;
  checked.file = file;
  checked.kind = FileKind::kContact;
  if (read->policy) {
    checked.key = read->policy->key;
    checked.fingerprint = fingerprint(*read->policy);
  }
  checked.findings = std::move(read->diagnostics);
  return checked;
}

}  // namespace tactful::tools
