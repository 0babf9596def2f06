#pragma once

#include <span>

#include "inputs.hpp"
#include "tactful/contact/contact_state.hpp"

namespace tactful::tools {

struct ContactImport {
  std::int64_t added = 0;
  std::int64_t known = 0;  ///< Rows that changed nothing. In a dry run every row counts as added.
};

/// Records entries a thousand at a time, each batch whole or not at all. Errors: those of writing, saying how many
/// entries are stored.
[[nodiscard]] Result<ContactImport> record_in_batches(ContactState& state, std::span<const ContactEntry> entries,
                                                      TimeMs now);

/// Imports the CSV of --file as --list says (docs/spec/contact.md). The file is read as a whole before anything is
/// written; without a state (a dry run) nothing is. Errors: those of CsvReader; kInvalidInput at the field;
/// kInvalidArgument for options; those of writing.
[[nodiscard]] Result<ContactImport> import_contact_csv(const Arguments& arguments, ContactState* state, TimeMs now);

}  // namespace tactful::tools
