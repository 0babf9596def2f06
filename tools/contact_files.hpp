#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inputs.hpp"
#include "tactful/contact/contact_state.hpp"

/// Contact policies and the contact state on disk, for `contact`, `due` and `check`.
namespace tactful::tools {

/// The policy of a file, in one error where it has any. Errors: kNotFound, kStorage, kInvalidExperiment with the first
/// finding and how many there are.
[[nodiscard]] Result<ContactPolicy> load_contact_policy(const std::filesystem::path& file);

/// The policies of `<folder>/contact`, by name; none where there is no such folder. Errors: as load_contact_policy().
[[nodiscard]] Result<std::vector<ContactPolicy>> load_contact_policies(const std::filesystem::path& folder);

/// The findings about a policy file, and about the machine: a zone that cannot be found is a warning.
/// Errors: kNotFound, kStorage.
[[nodiscard]] Result<ContactPolicyFile> check_contact_policy(const std::filesystem::path& file);

/// Whether the policy that an experiment names lies beside it, in `contact/`.
[[nodiscard]] Diagnostics check_contact_of(const std::filesystem::path& file, const Experiment& experiment);

/// The state of --state under the key of --key or `<state>.key`. A missing default key is made together with a new
/// state, and a note says where it belongs. Errors: those of ContactPseudonymizer and ContactState::open().
[[nodiscard]] Result<std::unique_ptr<ContactState>> open_contact_state(const Arguments& arguments, Console& console,
                                                                       bool read_only, bool may_create);

/// `--state` and `--key`.
[[nodiscard]] std::vector<OptionSpec> contact_state_options();

}  // namespace tactful::tools
