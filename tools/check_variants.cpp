#include <algorithm>

#include "check_file.hpp"
#include "check_speech.hpp"
#include "inputs.hpp"
#include "tactful/catalogue/wordings.hpp"

namespace tactful::tools {

namespace fs = std::filesystem;

namespace {

// What senders load lies beside the experiment, whatever rules this check was told to use.
void note_unread_texts(const fs::path& folder, const Experiment& experiment, bool chinese, Diagnostics& findings) {
  const bool has_words = std::any_of(experiment.variants.begin(), experiment.variants.end(),
                                     [](const Variant& one) { return !one.text.empty() || !one.content.empty(); });
  std::error_code failed;
  if (!has_words) return;
  if (fs::is_directory(folder / "rules", failed)) {
    const auto packs = json_files(folder / "rules");
    if (!packs || !packs->empty()) return;
  }
  findings.push_back({Severity::kWarning, "no-rules", "/variants",
                      chinese
                          ? "实验旁边没有规则包（rules/），发送程序不会拒绝任何措辞"
                          : "there are no rule packs (rules/) beside the experiment, so that senders refuse no words",
                      chinese ? "请把规则包复制到旁边的 rules/" : "copy the packs to rules/ beside"});
}

}  // namespace

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
  note_unread_texts(folder, experiment, is_chinese(languages.messages), findings);
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
