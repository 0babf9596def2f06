#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "command.hpp"
#include "tactful/experiment/experiment_file.hpp"
#include "tactful/journal/pseudonym.hpp"
#include "tactful/store/import.hpp"
#include "tactful/store/store.hpp"

/// What several commands read in the same way.
namespace tactful::tools {

/// The first error among the findings about a file, and how many more there are: kInvalidExperiment. `otherwise` is the
/// message where there is none.
[[nodiscard]] Error first_of(const Diagnostics& diagnostics, std::string_view otherwise,
                             const std::filesystem::path& file);

/// The experiment of a file with the wordings beside it, in one error where it has any. Errors: kNotFound, kStorage,
/// kInvalidExperiment with the first finding and how many there are.
[[nodiscard]] Result<Experiment> load_experiment(const std::filesystem::path& file);

/// The folder that the file lies in, never empty.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& file);

/// The time of an option like --as-of, read at the experiment's offset; now where it is absent.
[[nodiscard]] Result<TimeMs> time_option(const Arguments& arguments, std::string_view name, UtcOffset offset);

/// The key of a store: --key, or `<store>.key`. A missing default key is made when the store holds nothing yet, and a
/// note says where it belongs; the key of a store in use is never replaced. Errors: those of Pseudonymizer.
[[nodiscard]] Result<Pseudonymizer> store_key(const Arguments& arguments, const std::filesystem::path& store_file,
                                              bool store_in_use, const Console& console);

/// The encoding of a CSV file, --encoding; UTF-8 where it is absent. Errors: kInvalidArgument.
[[nodiscard]] Result<Encoding> encoding_option(const Arguments& arguments);

/// A share between 0 and 1 with at most six decimals. Errors: kInvalidArgument.
[[nodiscard]] Result<std::optional<Fraction>> fraction_option(const Arguments& arguments, std::string_view name);

/// Index of a variant. Errors: kNotFound, with the nearest name.
[[nodiscard]] Result<std::size_t> find_variant(const Experiment& experiment, const std::string& variant);

/// One line for a summary of an ingest.
[[nodiscard]] Json to_json(const IngestSummary& summary);

/// Parts of a text between commas, trimmed; empty ones are left out.
[[nodiscard]] std::vector<std::string> comma_separated(std::string_view text);

}  // namespace tactful::tools
