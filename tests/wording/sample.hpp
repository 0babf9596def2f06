#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tactful/core/file.hpp"
#include "tactful/wording/rule_set.hpp"
#include "tactful/wording/scenario.hpp"
#include "tactful/wording/wording.hpp"

namespace tactful::test {

inline std::filesystem::path experiments() { return std::filesystem::path(TACTFUL_SOURCE_DIR) / "experiments"; }

inline std::string read_all(const std::filesystem::path& path) {
  auto text = read_file(path);
  EXPECT_TRUE(text.has_value()) << path;
  return text ? *text : std::string();
}

/// The built-in packs.
inline std::vector<RulePack> built_in_packs() {
  std::vector<RulePack> packs;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(experiments() / "rules")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    RulePackFile read = parse_rule_pack(read_all(file), file.filename().string());
    EXPECT_TRUE(read.pack.has_value()) << describe(read.diagnostics, file.filename().string());
    if (!read.pack) continue;
    EXPECT_EQ(read.pack->key + ".json", file.filename().string());
    packs.push_back(std::move(*read.pack));
  }
  return packs;
}

inline std::shared_ptr<const RuleSet> built_in_rules() {
  auto rules = RuleSet::compile(built_in_packs());
  EXPECT_TRUE(rules.has_value());
  return rules ? *rules : nullptr;
}

/// A rule set of one pack written in a test.
inline std::shared_ptr<const RuleSet> rules_of(const std::string& rules) {
  RulePackFile read = parse_rule_pack(R"({"schema":"tactful/rules/1","key":"test","rules":)" + rules + "}");
  EXPECT_TRUE(read.pack.has_value()) << describe(read.diagnostics, "test");
  if (!read.pack) return nullptr;
  auto set = RuleSet::compile({*read.pack});
  EXPECT_TRUE(set.has_value());
  return set ? *set : nullptr;
}

/// Rule ids of diagnostics with the pointer: `missing /key`.
inline std::vector<std::string> places(const Diagnostics& diagnostics) {
  std::vector<std::string> list;
  for (const Diagnostic& one : diagnostics) list.push_back(one.rule + " " + one.pointer);
  return list;
}

}  // namespace tactful::test
