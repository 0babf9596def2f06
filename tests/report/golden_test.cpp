#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "sample_scorecards.hpp"
#include "tactful/core/file.hpp"
#include "tactful/report/scorecard_report.hpp"

namespace tactful {
namespace {

struct GoldenCase {
  const char* file;
  Scorecard (*make)();
  ReportOptions options;
};

void PrintTo(const GoldenCase& golden, std::ostream* out) { *out << golden.file; }

ReportOptions as(ReportFormat format, std::size_t columns = 100, bool colour = false) {
  ReportOptions options;
  options.format = format;
  options.columns = columns;
  options.colour = colour;
  return options;
}

// Byte for byte; TACTFUL_UPDATE_GOLDEN=1 rewrites the files, to be read before they are committed.
class ScorecardGolden : public testing::TestWithParam<GoldenCase> {};

TEST_P(ScorecardGolden, IsUnchanged) {
  const GoldenCase& golden = GetParam();
  const std::filesystem::path path = std::filesystem::path(TACTFUL_SOURCE_DIR) / "tests/golden" / golden.file;
  const std::string report = render_scorecard(golden.make(), golden.options);
  const char* update = std::getenv("TACTFUL_UPDATE_GOLDEN");
  if (update && std::string(update) == "1") {
    const Status written = write_file_atomically(path, report);
    ASSERT_TRUE(written.ok()) << describe(written.error());
  }
  const auto expected = read_file(path);
  ASSERT_TRUE(expected) << describe(expected.error());
  EXPECT_EQ(report, *expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, ScorecardGolden,
    testing::Values(GoldenCase{"scorecard-promote.txt", test::promotable_scorecard, as(ReportFormat::kTable)},
                    GoldenCase{"scorecard-promote-80.txt", test::promotable_scorecard, as(ReportFormat::kTable, 80)},
                    GoldenCase{"scorecard-promote-60.txt", test::promotable_scorecard, as(ReportFormat::kTable, 60)},
                    GoldenCase{"scorecard-promote-colour.txt", test::promotable_scorecard,
                               as(ReportFormat::kTable, 100, true)},
                    GoldenCase{"scorecard-promote.csv", test::promotable_scorecard, as(ReportFormat::kCsv)},
                    GoldenCase{"scorecard-promote.md", test::promotable_scorecard, as(ReportFormat::kMarkdown)},
                    GoldenCase{"scorecard-interim.txt", test::interim_scorecard, as(ReportFormat::kTable)},
                    GoldenCase{"scorecard-invalid.txt", test::invalid_scorecard, as(ReportFormat::kTable)},
                    GoldenCase{"scorecard-invalid.csv", test::invalid_scorecard, as(ReportFormat::kCsv)},
                    GoldenCase{"scorecard-chinese.txt", test::chinese_scorecard, as(ReportFormat::kTable)},
                    GoldenCase{"scorecard-chinese.md", test::chinese_scorecard, as(ReportFormat::kMarkdown)},
                    GoldenCase{"scorecard-hostile.txt", test::hostile_scorecard, as(ReportFormat::kTable)},
                    GoldenCase{"scorecard-hostile.csv", test::hostile_scorecard, as(ReportFormat::kCsv)},
                    GoldenCase{"scorecard-hostile.md", test::hostile_scorecard, as(ReportFormat::kMarkdown)}),
    [](const testing::TestParamInfo<GoldenCase>& info) {
      std::string name;
      for (const char c : std::string(info.param.file)) name += c == '-' || c == '.' ? '_' : c;
      return name;
    });

}  // namespace
}  // namespace tactful
