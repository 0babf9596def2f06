#include "sample_scorecards.hpp"

#include <limits>

namespace tactful::test {
namespace {

constexpr TimeMs kStart = 1'777'824'000'000;  // 2026-05-04T00:00+08:00, a Monday

TimeMs week(int weeks) { return kStart + weeks * 7 * kMillisecondsPerDay; }

UtcOffset shanghai() { return UtcOffset::parse("+08:00").value(); }

ArmValue rate(std::int64_t events, std::int64_t units) {
  return {units, static_cast<double>(events) / static_cast<double>(units), static_cast<double>(events)};
}

MetricResult binary(std::string metric, Role role, std::string variant, ArmValue control, ArmValue treatment) {
  MetricResult result;
  result.metric = std::move(metric);
  result.role = role;
  result.kind = "binary";
  result.variant = std::move(variant);
  result.control = control;
  result.treatment = treatment;
  const double ratio = treatment.value / control.value - 1.0;
  result.relative = EffectInterval{ratio, ratio - 0.05, ratio + 0.055, 0.95};
  return result;
}

void set_difference(MetricResult& result, double low, double high, double level) {
  result.difference = EffectInterval{result.treatment.value - result.control.value, low, high, level};
}

MetricResult success(std::string variant, ArmValue treatment, double low, double high, double p, Verdict verdict) {
  MetricResult result = binary("paid", Role::kSuccess, std::move(variant), rate(14'307, 47'502), treatment);
  set_difference(result, low, high, 0.975);
  result.p_value = p;
  result.p_adjusted = p * 2.0;
  result.alpha = 0.0125;
  result.hypothesis = "treatment > control";
  result.method = "score test, Miettinen-Nurminen interval";
  result.verdict = verdict;
  return result;
}

MetricResult complaint(std::string variant, ArmValue treatment, double low, double high) {
  MetricResult result = binary("complaint", Role::kGuardrail, std::move(variant), rate(143, 47'502), treatment);
  set_difference(result, low, high, 0.95);
  result.hypothesis = "rate ratio < 1.5";
  result.method = "exact conditional test of the rate ratio";
  result.alpha = 0.025;
  return result;
}

MetricResult repeat_contact(std::string variant, ArmValue treatment, double low, double high) {
  MetricResult result = binary("repeat_contact", Role::kGuardrail, std::move(variant), rate(2'851, 47'502), treatment);
  set_difference(result, low, high, 0.95);
  result.hypothesis = "treatment < control + 0.01";
  result.method = "Miettinen-Nurminen";
  result.alpha = 0.025;
  return result;
}

void judge(MetricResult& result, double p, double p_harm, Verdict verdict, std::string reading) {
  result.p_value = p;
  result.p_harm = p_harm;
  result.verdict = verdict;
  result.reading = std::move(reading);
}

Scorecard frame() {
  Scorecard card;
  card.experiment = "payment-reminder";
  card.title = "Which wording of the payment reminder helps customers pay on time?";
  card.fingerprint = "3f1c9a7700aa52d1b0c4e5f6a7b8c9d0";
  card.data_fingerprint = "9be03c41d2aa0f5577c1d8e4f3b2a190";
  card.utc_offset = shanghai();
  card.phase = "pilot";
  card.plan.enrolment_end = week(6);
  card.plan.looks = {week(2), week(4), week(8)};
  card.last_look = week(8);
  card.as_of = week(8);
  card.planned_look = true;
  card.randomised = "customer";
  card.randomisation = "by keyed hash (tactful-1)";
  card.arms = {{"control", 47'502, 0, 1}, {"urgent", 47'433, 0, 1}, {"helpful", 47'391, 0, 1}};
  card.checks = {{"sample_ratio", CheckStatus::kOk, 0.93, "", "", "", true, false},
                 {"fingerprint", CheckStatus::kOk, std::nullopt, "", "", "", true, false},
                 {"crossovers", CheckStatus::kOk, std::nullopt, "", "", "", true, false},
                 {"delivery", CheckStatus::kOk, std::nullopt, "", "", "", false, false}};
  return card;
}

}  // namespace

Scorecard promotable_scorecard() {
  Scorecard card = frame();
  card.metrics.push_back(success("urgent", rate(14'822, 47'433), 0.00468, 0.01796, 0.00014, Verdict::kBetter));
  card.metrics.push_back(success("helpful", rate(15'190, 47'391), 0.01266, 0.02604, 3e-11, Verdict::kBetter));
  MetricResult urgent = complaint("urgent", rate(441, 47'433), 0.0053, 0.0073);
  judge(urgent, 0.9999, 1e-33, Verdict::kHarmful, "63 extra per 10,000; could be up to 73 extra per 10,000");
  card.metrics.push_back(urgent);
  MetricResult helpful = complaint("helpful", rate(112, 47'391), -0.0013, 0.00003);
  judge(helpful, 0.00003, 0.977, Verdict::kSafe, "at most 0.3 extra per 10,000");
  card.metrics.push_back(helpful);
  MetricResult urgent_repeat = repeat_contact("urgent", rate(3'201, 47'433), 0.0043, 0.0107);
  judge(urgent_repeat, 0.081, 0.000001, Verdict::kHarmful, "could still be up to 107 extra per 10,000");
  card.metrics.push_back(urgent_repeat);
  MetricResult helpful_repeat = repeat_contact("helpful", rate(2'466, 47'391), -0.0110, -0.0051);
  judge(helpful_repeat, 1e-20, 0.99999, Verdict::kSafe, "at least 51 fewer per 10,000");
  card.metrics.push_back(helpful_repeat);
  card.winner = WinnerEstimate{"paid",
                               "helpful",
                               *card.metrics[1].difference,
                               {0.0171, 0.0102, 0.0240, 0.975},
                               "corrected for being the best of several"};
  card.score = {{"urgent", "", 88.2, 84.0, 92.6, 0.95}, {"helpful", "", 107.3, 103.1, 111.7, 0.95}};
  card.recommendation = {
      Action::kPromote,
      "helpful",
      {"paid is 1.93 points better (97.5 % interval 1.27 to 2.60)", "complaint and repeat_contact are shown safe",
       "urgent is shown harmful in complaint and repeat_contact"}};
  return card;
}

Scorecard interim_scorecard() {
  Scorecard card = frame();
  card.as_of = week(2) + 9 * kMillisecondsPerHour + 30 * kMillisecondsPerMinute;
  card.planned_look = false;
  for (const TimeMs look : card.plan.looks) card.looks.push_back({static_cast<int>(card.looks.size()) + 1, look, {}});
  card.looks[0].taken = week(2);
  HarmWatch watch;
  watch.metric = "complaint";
  watch.variant = "urgent";
  watch.counts = watch.exact = true;
  watch.control = 4;
  watch.treatment = 7;
  watch.level = 0.025;
  watch.next_look = week(4);
  watch.next_bound = 15;
  watch.log_e = 0.8;
  watch.log_e_needed = 5.3;
  watch.reading = "at the review of 2026-06-01: stop if urgent has 15 or more while control stays at 4";
  card.harm.push_back(watch);
  watch.metric = "repeat_contact";
  watch.within_margin = true;
  watch.log_e = 6.1;
  watch.reading = "worse than control, and shown to be within the declared margin";
  watch.control = 41;
  watch.treatment = 90;
  watch.next_bound.reset();
  card.harm.push_back(watch);
  card.arms = {{"control", 7'902, 0, 1}, {"urgent", 7'935, 0, 1}, {"helpful", 7'891, 0, 1}};
  MetricResult paid = success("urgent", rate(1'250, 3'950), -0.0011, 0.0301, 0.041, Verdict::kNoDifferenceShown);
  paid.control = rate(1'190, 3'961);
  set_difference(paid, -0.0011, 0.0301, 0.975);
  paid.immature_control = 3'941;
  paid.immature_treatment = 3'985;
  card.metrics.push_back(paid);
  MetricResult open = complaint("urgent", {}, 0.0, 0.0);
  open.control = {};
  open.immature_control = 7'902;
  open.immature_treatment = 7'935;
  open.difference.reset();
  open.relative.reset();
  open.unavailable = "no unit's window of 2w has closed yet";
  card.metrics.push_back(open);
  card.checks.push_back({"delivery_ratio", CheckStatus::kWarn, 0.0004,
                         "98.1 % of control but 96.9 % of urgent were delivered",
                         "the longer text needs a second message part, which some networks drop",
                         "compare delivered parts by network", false, false});
  card.recommendation = {
      Action::kContinue, "", {"the planned end is not reached", "complaint: no window has closed"}, "urgent", 0.43};
  return card;
}

Scorecard invalid_scorecard() {
  Scorecard card = frame();
  card.arms[1].units = 45'010;
  card.checks[0] = {"sample_ratio",
                    CheckStatus::kFail,
                    3e-17,
                    "expected a third each, saw control 47,502, urgent 45,010, helpful 47,391",
                    "exposures of one variant are lost or filtered after assignment",
                    "compare the exposure and delivery counts by day and by sender",
                    true,
                    false};
  card.checks[2] = {"crossovers",
                    CheckStatus::kFail,
                    std::nullopt,
                    "0.8 % of units were seen in two variants",
                    "a changed salt",
                    "compare the experiment's versions",
                    true,
                    true};
  card.metrics = promotable_scorecard().metrics;
  for (MetricResult& result : card.metrics) {
    result.unavailable = "the sample ratio check failed, so that effects cannot be told from the loss of units";
    if (result.role == Role::kGuardrail) continue;  // counts of complaints stay visible
    result.control = {};
    result.treatment = {};
  }
  card.recommendation = {Action::kInvalid, "", {"sample_ratio failed: p 3e-17"}};
  return card;
}

Scorecard chinese_scorecard() {
  Scorecard card = frame();
  card.title = "续费提醒：告知、帮助、选择，哪一种措辞既有效又不引起投诉？";
  card.arms = {{"现行话术", 47'502, 1'204, 1}, {"催促", 47'433, 1'198, 1}, {"告知-帮助-选择", 47'391, 1'201, 1}};
  card.metrics.push_back(success("催促", rate(14'822, 47'433), 0.00468, 0.01796, 0.00014, Verdict::kBetter));
  card.metrics.push_back(success("告知-帮助-选择", rate(15'190, 47'391), 0.01266, 0.02604, 3e-11, Verdict::kBetter));
  MetricResult ratio = complaint("催促", rate(441, 47'433), 0.0, 0.0);
  ratio.difference.reset();
  ratio.relative->low = -std::numeric_limits<double>::infinity();
  judge(ratio, 0.9999, 1e-33, Verdict::kHarmful, "投诉是对照组的三倍");
  card.metrics.push_back(ratio);
  MetricResult handle;
  handle.metric = "handle_seconds";
  handle.kind = "mean";
  handle.variant = "催促";
  handle.control = {47'502, 312.418, 14'840'480};
  handle.treatment = {47'433, 330.007, 15'653'222};
  handle.difference = EffectInterval{17.589, 12.2, 23.0, 0.95};
  handle.method = "Welch";
  handle.verdict = Verdict::kShownOnly;
  card.metrics.push_back(handle);
  card.sensitivity = {card.metrics[0], card.metrics[1]};
  card.sensitivity[1].verdict = Verdict::kNoDifferenceShown;
  SegmentResult east{"地区", "华东", {card.metrics[0], card.metrics[1]}};
  SegmentResult west{"地区", "西部", {card.metrics[0], card.metrics[1]}};
  west.metrics[1].unavailable = "fewer than 20 units";
  east.metrics.push_back(handle);  // monitored, not broken down on the page
  SegmentResult all{"产品", "分期", {card.metrics[0]}};
  card.segments = {east, west, all};
  card.recommendation = {Action::kStop,
                         "催促",
                         {"催促的投诉率显著高于对照组，超出事先约定的界限，因此按照计划停止这一种措辞，并把其余客户交还"
                          "现行话术，等待下一次评审会议再作决定"}};
  return card;
}

Scorecard hostile_scorecard() {
  Scorecard card = promotable_scorecard();
  const std::string evil = "=HYPERLINK(\"http://x\",\"a\")|b`c`<script>\x1b[2J\u202E**d**";
  card.title = "\x1b]0;owned\x07 [click](http://x) # title";
  card.arms[1].variant = evil;
  for (MetricResult& result : card.metrics) {
    if (result.variant == "urgent") result.variant = evil;
  }
  card.metrics[0].reading =
      "\r\n| broken | table |\x9b"
      "31m";
  card.metrics[2].reading = "\uFF1D1+1";
  card.metrics[3].method = "@SUM(A1), \"quoted\"";
  card.recommendation.variant = evil;
  card.recommendation.reasons = {"-1+2", "\tcmd"};
  card.checks.push_back(
      {"x\x1b[31m", CheckStatus::kWarn, std::nullopt, "\u2066hidden\u2069", "<img src=x>", "a|b", false, false});
  return card;
}

}  // namespace tactful::test
