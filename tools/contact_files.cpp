#include "contact_files.hpp"

#include "tactful/core/text.hpp"
#include "wording_files.hpp"

namespace tactful::tools {

namespace fs = std::filesystem;

Result<ContactPolicy> load_contact_policy(const fs::path& file) {
  auto read = read_contact_policy(file);
  if (!read) return read.error();
  if (read->policy) return *std::move(read->policy);
  return first_of(read->diagnostics, "no contact policy", file);
}

Result<std::vector<ContactPolicy>> load_contact_policies(const fs::path& folder) {
  std::vector<ContactPolicy> policies;
  std::error_code failed;
  if (!fs::is_directory(folder / "contact", failed)) return policies;
  const auto files = json_files(folder / "contact");
  if (!files) return files.error();
  for (const fs::path& file : *files) {
    auto policy = load_contact_policy(file);
    if (!policy) return policy.error();
    policies.push_back(std::move(policy).value());
  }
  return policies;
}

Result<ContactPolicyFile> check_contact_policy(const fs::path& file) {
  auto read = read_contact_policy(file);
  if (!read) return read.error();
  if (!read->policy || read->policy->time_zone.empty()) return read;
  const auto zone = TimeZones().find(read->policy->time_zone);
  if (zone) return read;
  const bool is_unknown = zone.error().code == ErrorCode::kNotFound;
  read->diagnostics.push_back({Severity::kWarning, is_unknown ? "time-zone" : "tzdata", "/time_zone",
                               zone.error().message + "; the fixed offset " + read->policy->fixed_offset.to_string() +
                                   " is used, which knows no daylight saving time",
                               is_unknown ? zone.error().hint : "install the package tzdata where senders run"});
  return read;
}

Diagnostics check_contact_of(const fs::path& file, const Experiment& experiment) {
  if (experiment.contact.empty()) return {};
  const fs::path policy = folder_of(file) / "contact" / (experiment.contact + ".json");
  std::error_code failed;
  if (fs::exists(policy, failed)) return {};
  return {{Severity::kError, "contact-policy", "/contact",
           "there is no contact policy \"" + printable(experiment.contact) + "\" beside this file",
           "it would lie at " + policy.string() + "; senders hold every message without it"}};
}

Result<std::unique_ptr<ContactState>> open_contact_state(const Arguments& arguments, Console& console, bool read_only,
                                                         bool may_create) {
  const fs::path file = *arguments.text("--state");
  const fs::path key_file = arguments.text_or("--key", file.string() + ".key");
  std::error_code failed;
  const bool is_new = !fs::exists(file, failed);
  if (is_new && !may_create) {
    return Error{ErrorCode::kNotFound, "there is no contact state", file.string(),
                 "tactful contact init makes one; if there was one before, find it first: it holds the objections"};
  }
  if (is_new && may_create && !arguments.has("--key") && !fs::exists(key_file, failed)) {
    if (const Status made = Pseudonymizer::create_key_file(key_file); !made) return made.error();
    console.note("made the key " + key_file.string() +
                 ": customers are stored under it and cannot be found again without it.\n"
                 "  In production keep it elsewhere than the state (--key FILE) and back it up.");
  }
  auto key = ContactPseudonymizer::from_key_file(key_file);
  if (!key) return key.error();
  ContactStateOptions options;
  options.read_only = read_only;
  options.create = may_create;
  return ContactState::open(file, std::move(key).value(), options, console.log.get());
}

std::vector<OptionSpec> contact_state_options() {
  return {{"--state", "FILE", "The contact state that senders share.", true},
          {"--key", "FILE", "Key of its pseudonyms; default <state>.key."}};
}

}  // namespace tactful::tools
