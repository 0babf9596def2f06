#pragma once

#include "inputs.hpp"
#include "tactful/contact/contact_state.hpp"

namespace tactful::tools {

struct ContactImport {
  std::int64_t added = 0;
  std::int64_t known = 0;  ///< Rows that were there before. In a dry run every row counts as added.
};

/// Imports the CSV of --file as --list says (docs/spec/contact.md). The file is read as a whole before anything is
/// written. Errors: those of CsvReader; kInvalidInput at the field; kInvalidArgument for options; those of writing.
[[nodiscard]] Result<ContactImport> import_contact_csv(const Arguments& arguments, ContactState& state, TimeMs now);

}  // namespace tactful::tools
