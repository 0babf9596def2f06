#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/diagnostic.hpp"

namespace tactful {

/// What a reminder of one kind must have.
struct WordingScenario {
  std::string key;
  std::map<std::string, std::string, std::less<>> title;  ///< By language.
  std::vector<std::string>
      structure;                  ///< Elements that the file's `structure` must name, for the people who work with it.
  std::vector<std::string> text;  ///< Elements that every text must tell every customer.
  std::size_t least_options = 0;  ///< Options that every text must offer.
};

/// Scenarios by key (docs/spec/wording.md); a file that users edit.
using ScenarioBook = std::map<std::string, WordingScenario, std::less<>>;

/// Scenarios as read, where there is no error, and every finding either way.
struct ScenarioFile {
  std::optional<ScenarioBook> scenarios;
  Diagnostics diagnostics;
};

/// Reads `"schema": "tactful/scenarios/1"`.
[[nodiscard]] ScenarioFile parse_scenarios(std::string_view text, std::string_view origin = "scenarios");

}  // namespace tactful
