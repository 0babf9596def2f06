#include <algorithm>

#include "check_file.hpp"
#include "inputs.hpp"
#include "tactful/catalogue/wordings.hpp"

namespace tactful::tools {

namespace fs = std::filesystem;

Result<Diagnostics> check_variants(const fs::path& file, const Experiment& experiment, WordingShelf& shelf,
                                   const CheckLanguages& languages) {
  const fs::path folder = folder_of(file);
  const auto beside = shelf.beside(folder);
  if (!beside) return beside.error();
  Wordings wordings;
  wordings.rules = (*beside)->rules;
  for (const Variant& variant : experiment.variants) {
    if (variant.content.empty()) continue;  // a file that cannot be used is a finding of reading
    auto read = read_wording(folder / "wordings" / (variant.wording + ".json"));
    if (!read) return read.error();
    if (read->wording) wordings.by_key.emplace(variant.wording, std::move(read->wording));
  }
  Diagnostics findings = tactful::check_variants(experiment, wordings, languages.messages);
  if (languages.texts) {
    std::erase_if(findings, [&](const Diagnostic& one) {
      for (std::size_t index = 0; index < experiment.variants.size(); ++index) {
        if (one.pointer == append_pointer(append_pointer("/variants", index), "text") && one.rule != "two-texts")
          return !is_language(language_of(experiment.variants[index].text), *languages.texts);
      }
      return false;
    });
  }
  return findings;
}

}  // namespace tactful::tools
