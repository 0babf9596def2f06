#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "inputs.hpp"

/// What the commands about single customers (forget, export-subject) have in common. Raw ids come from a file or
/// standard input, never as words of the command line, and are never printed.
namespace tactful::tools {

/// The ids of --id-file, one a line, trimmed, without empty lines and repetitions. Errors: those of LineReader,
/// kInvalidInput when there is none; no error repeats an id.
[[nodiscard]] Result<std::vector<std::string>> read_subject_ids(const Arguments& arguments);

/// The key of a store that holds something: --key or `<store>.key`, which must be the one that its pseudonyms belong
/// to. Errors: those of store_key(), kRefused for another key.
[[nodiscard]] Result<Pseudonymizer> matching_key(const Arguments& arguments, const Store& store,
                                                 const Console& console);

/// The journals of --journals, each once, all of the store's key. Errors: those of find_journals() and JournalReader,
/// kNotFound for a folder without one, kRefused for a journal of another key.
[[nodiscard]] Result<std::vector<std::filesystem::path>> subject_journals(const Arguments& arguments,
                                                                          const std::string& key_id);

/// `--id-file`, `--store`, `--key`, `--purpose`, `--journals`, `--contact`.
[[nodiscard]] std::vector<OptionSpec> subject_options();

/// Whether to go on with what cannot be undone: --yes, or a person says so. Errors: kInvalidArgument where nobody can
/// be asked, kRefused for a no.
[[nodiscard]] Status agree(const Arguments& arguments, const Console& console, std::string_view question);

}  // namespace tactful::tools
