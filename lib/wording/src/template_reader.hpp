#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reader.hpp"
#include "tactful/wording/wording.hpp"

namespace tactful::wording_impl {

/// Compiles template text ("{field}", "{option:key}", "{options}", "{{", "}}") in one language, reporting every mistake
/// at the text's pointer with its byte offset.
class TemplateReader {
 public:
  TemplateReader(const std::vector<WordingField>& fields, const std::vector<WordingOption>& options, Report& report)
      : fields_(&fields), options_(&options), report_(&report) {}

  /// Appends to `pieces`; fields and options used are added to the two lists (ascending, each once).
  void read(std::string_view text, std::string_view language, const std::string& pointer,
            std::vector<WordingPiece>& pieces, std::vector<std::size_t>& fields, std::vector<std::size_t>& options);

 private:
  struct Target {
    std::string_view language;
    const std::string& pointer;
    std::vector<WordingPiece>& pieces;
    std::vector<std::size_t>& fields;
    std::vector<std::size_t>& options;
    bool in_option = false;
  };
  void read_text(std::string_view text, const Target& target);
  std::size_t read_brace(std::string_view text, std::size_t at, const Target& target);
  void use_field(std::string_view name, std::size_t at, const Target& target);
  void use_option(std::size_t index, const Target& target);
  void use_options(std::string_view name, std::size_t at, const Target& target);
  void fault(const Target& target, std::size_t at, std::string rule, std::string message, std::string hint);

  const std::vector<WordingField>* fields_;
  const std::vector<WordingOption>* options_;
  Report* report_;
};

/// Adds `index` to an ascending list unless it is there.
void add_once(std::vector<std::size_t>& list, std::size_t index);

/// Digit runs with inner points of the literal words ("24", "3.5"), added to `numbers`, sorted, each once.
void add_numbers(const std::vector<WordingPiece>& pieces, std::vector<std::string>& numbers);

}  // namespace tactful::wording_impl
