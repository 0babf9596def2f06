#pragma once

#include <gtest/gtest.h>

#include <fstream>

#include "made_looks.hpp"
#include "support/temp_dir.hpp"
#include "tactful/core/file.hpp"
#include "tactful/decision/review.hpp"

namespace tactful::test {

/// A weekly experiment with its folder, to be reviewed look after look.
class ReviewedExperiment : public testing::Test {
 protected:
  std::filesystem::path ledger_path() const { return Ledger::path_of(folder.path(), experiment.key); }
  Ledger ledger() const { return Ledger::read(ledger_path()).value(); }
  History history() const { return history_of(experiment, ledger()).value(); }
  std::string version() const { return fingerprint(experiment); }

  /// The tally at these weeks: 800 new units per arm and week, windows of two weeks; `events` first complaints of a
  /// week's units in control and in the variant.
  Tally tally_at(std::vector<int> weeks, std::int64_t control = 4, std::int64_t variant = 4) const {
    std::vector<MadeLook> looks;
    for (const int week : weeks) {
      const std::int64_t enrolled = std::min(week, 4), mature = std::clamp(week - 2, 0, 4);
      const auto arm = [&](std::int64_t paid, std::int64_t complaints) {
        return std::vector<MadeState>{
            {800 * mature, paid * mature, 800 * (enrolled - mature), paid * enrolled},
            {800 * mature, complaints * mature, 800 * (enrolled - mature), complaints * enrolled}};
      };
      looks.push_back({kStart + week * kWeekMs, {arm(160, control), arm(200, variant)}});
    }
    return make_look_tally(experiment, looks);
  }
  static std::vector<int> up_to(int week) {
    std::vector<int> weeks;
    for (int one = 1; one <= week; ++one) weeks.push_back(one);
    return weeks;
  }
  Result<TakenReview> review(const Tally& tally, const std::string& by = "Wang Wei") const {
    ReviewRequest request{by, "accountable", "as agreed", tally.as_of + kMillisecondsPerHour, "0.1.0+test"};
    return take_review(folder.path(), {experiment, std::nullopt, tally, {}}, ledger(), request);
  }
  TakenReview must_review(const Tally& tally) const {
    auto taken = review(tally);
    EXPECT_TRUE(taken) << (taken ? "" : describe(taken.error()));
    return taken ? *std::move(taken) : TakenReview{};
  }
  std::vector<ReviewFinding> findings() const {
    const auto found = verify_reviews(folder.path(), experiment, ledger());
    EXPECT_TRUE(found) << (found ? "" : describe(found.error()));
    return found ? *found : std::vector<ReviewFinding>();
  }
  static void overwrite(const std::filesystem::path& file, const std::string& content) {
    std::filesystem::permissions(file, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
    std::ofstream(file, std::ios::binary) << content;
  }

  Experiment experiment = make_weekly_experiment();
  TempDir folder;
};

}  // namespace tactful::test
