// GrowthBook's published cases (SDK specification 0.8) and outputs of its JavaScript SDK on random experiments, run
// through an experiment file's model. From the optional public data; skipped where that is absent.

#include <gmock/gmock.h>

#include <cmath>
#include <iostream>
#include <map>
#include <set>

#include "sample.hpp"
#include "support/public_data.hpp"
#include "tactful/assignment/assigner.hpp"
#include "tactful/assignment/growthbook.hpp"
#include "tactful/assignment/hashing.hpp"
#include "tactful/core/file.hpp"

namespace tactful {
namespace {

std::optional<Json> load(const std::string& file) {
  const auto path = test::public_data("conformance/" + file);
  if (!path) return std::nullopt;
  return parse_json(read_file(*path).value(), file).value();
}

std::vector<double> numbers(const Json& list) {
  std::vector<double> result;
  if (list.is_array()) {
    for (const Json& item : list.as_array()) result.push_back(item.as_number());
  }
  return result;
}

std::vector<HashRange> ranges_of(const Json& list) {
  std::vector<HashRange> result;
  for (const Json& item : list.as_array()) {
    result.push_back({item.as_array()[0].as_number(), item.as_array()[1].as_number()});
  }
  return result;
}

void expect_ranges(const std::vector<HashRange>& made, const Json& wanted, const std::string& name) {
  ASSERT_EQ(made.size(), wanted.as_array().size()) << name;
  for (std::size_t i = 0; i < made.size(); ++i) {
    EXPECT_NEAR(made[i].start, wanted.as_array()[i].as_array()[0].as_number(), 1e-8) << name;
    EXPECT_NEAR(made[i].end, wanted.as_array()[i].as_array()[1].as_number(), 1e-8) << name;
  }
}

TEST(GrowthBookCases, RangesWeightsAndChoice) {
  const auto cases = load("growthbook-cases.json");
  if (!cases) GTEST_SKIP() << "no public data beside the checkout";
  for (const Json& row : cases->find("getBucketRange")->as_array()) {
    const auto& in = row.as_array()[1].as_array();
    expect_ranges(growthbook_ranges(in[0].as_integer(), in[1].as_number(), numbers(in[2])), row.as_array()[2],
                  row.as_array()[0].as_string());
  }
  for (const Json& row : cases->find("chooseVariation")->as_array()) {
    const auto& r = row.as_array();
    EXPECT_EQ(growthbook_choose(r[1].as_number(), ranges_of(r[2])), r[3].as_integer()) << r[0].as_string();
    // The same by integers, for every number that the hashes can give.
    for (const std::uint64_t buckets : {1'000u, 10'000u}) {
      for (std::uint64_t k = 0; k < buckets; ++k) {
        const double n = static_cast<double>(k) / static_cast<double>(buckets);
        std::int64_t chosen = -1;
        const auto ranges = ranges_of(r[2]);
        for (std::size_t i = 0; i < ranges.size() && chosen < 0; ++i) {
          const IntegerRange range = growthbook_buckets(ranges[i], buckets);
          if (range.first <= k && k < range.end) chosen = static_cast<std::int64_t>(i);
        }
        ASSERT_EQ(chosen, growthbook_choose(n, ranges)) << k;
      }
    }
  }
  for (const Json& row : cases->find("getEqualWeights")->as_array()) {
    const auto made = growthbook_equal_weights(row.as_array()[0].as_integer());
    const auto wanted = numbers(row.as_array()[1]);
    ASSERT_EQ(made.size(), wanted.size());
    for (std::size_t i = 0; i < made.size(); ++i) EXPECT_NEAR(made[i], wanted[i], 1e-8);
  }
  const Json differential = load("growthbook-differential.json").value();
  for (const Json& row : differential.find("ranges")->as_array()) {
    const auto& r = row.as_array();
    expect_ranges(growthbook_ranges(r[0].as_integer(), r[1].as_number(), numbers(r[2])), r[3], row.dump());
  }
}

// A GrowthBook experiment as an experiment of ours, or why the model has no place for it.
struct Translated {
  std::optional<Experiment> experiment;
  std::string unit;
  std::vector<Attribute> attributes;
  std::string why_not;
};

const Json* find_path(const Json& object, std::string_view name) { return object.find(name); }

std::string unit_text(const Json* value) {
  if (value == nullptr || value->is_null()) return "";
  if (value->is_string()) return value->as_string();
  if (value->is_bool()) return value->as_bool() ? "true" : "";
  if (value->is_number()) return value->as_number() == 0.0 ? "" : value->dump();
  return "?";
}

bool is_millionths(double x) { return std::round(x * 1e6) / 1e6 == x; }

class Translator {
 public:
  Translator(const Json& context, const Json& experiment) : context_(context), source_(experiment) {}

  Translated run() {
    Translated result;
    result.why_not = refuse();
    if (!result.why_not.empty()) return result;
    Experiment e = sample::experiment();
    const auto count = static_cast<std::int64_t>(source_.find("variations")->as_array().size());
    e.variants.clear();
    for (std::int64_t i = 0; i < count; ++i) e.variants.push_back({std::to_string(i), 1, "w", "", ""});
    const Json* version = source_.find("hashVersion");
    e.scheme = version != nullptr && version->as_integer() == 2 ? "growthbook-2" : "growthbook-1";
    const Json* seed = source_.find("seed");
    e.salt = seed != nullptr && !seed->as_string().empty() ? seed->as_string() : source_.find("key")->as_string();
    set_shares(e, count);
    if (const Json* condition = source_.find("condition")) e.scope = *condition;
    if (const Json* groups = context_.find("savedGroups")) {
      for (const Json::Member& group : groups->as_object()) {
        SavedGroup saved{group.first, {}};
        for (const Json& value : group.second.as_array())
          saved.values.push_back(value.is_string() ? value.as_string() : value.dump());
        e.groups.push_back(std::move(saved));
      }
    }
    const Json* attributes = context_.find("attributes");
    const Json* name = source_.find("hashAttribute");
    const std::string attribute = name == nullptr ? "id" : name->as_string();
    result.unit = unit_text(find_path(*attributes, attribute));
    set_gates(e, attribute, result.why_not);
    for (const Json::Member& member : attributes->as_object()) add(member, result.attributes);
    const Json* forced = context_.find("forcedVariations");
    const Json* mine = forced == nullptr ? nullptr : forced->find(source_.find("key")->as_string());
    if (mine != nullptr && mine->is_integer() && mine->as_integer() >= 0 && mine->as_integer() < count &&
        !result.unit.empty())
      e.overrides = {{result.unit, std::to_string(mine->as_integer())}};
    if (mine != nullptr && result.unit.empty()) result.why_not = "forced without a unit";
    if (mine != nullptr && (!mine->is_integer() || mine->as_integer() < 0 || mine->as_integer() >= count))
      result.why_not = "forced to a variation that does not exist";
    if (result.why_not.empty()) result.experiment = std::move(e);
    return result;
  }

 private:
  std::string refuse() const {
    const auto is = [](const Json* value, bool flag) {
      return value != nullptr && value->is_bool() && value->as_bool() == flag;
    };
    if (is(context_.find("enabled"), false)) return "switched off as a whole";
    if (is(context_.find("qaMode"), true)) return "qaMode";
    if (is(source_.find("active"), false)) return "inactive";
    if (source_.find("force") != nullptr) return "force";
    if (source_.find("variations")->as_array().size() < 2) return "fewer than two variations";
    const Json* version = source_.find("hashVersion");
    if (version != nullptr && version->as_integer() != 1 && version->as_integer() != 2) return "unknown hash version";
    return "";
  }

  // Natively where weights and coverage are exact decimals, else by the ranges that they make.
  void set_shares(Experiment& e, std::int64_t count) const {
    const Json* coverage = source_.find("coverage");
    const double covered = coverage == nullptr ? 1.0 : coverage->as_number();
    const Json* given = source_.find("weights");
    const auto weights = given == nullptr ? std::vector<double>() : numbers(*given);
    double sum = 0.0;
    bool exact = weights.size() == static_cast<std::size_t>(count) || weights.empty();
    for (const double weight : weights) {
      sum += std::round(weight * 1e6);
      exact = exact && is_millionths(weight);
    }
    exact = exact && (weights.empty() || sum == 1e6) && covered >= 0.0 && covered <= 1.0 && is_millionths(covered);
    if (const Json* ranges = source_.find("ranges")) {
      for (const HashRange& range : ranges_of(*ranges)) e.hashing.ranges.push_back({range});
      e.hashing.ranges.resize(e.variants.size());
    } else if (exact) {
      for (std::size_t i = 0; i < weights.size(); ++i)
        e.variants[i].weight = static_cast<std::int64_t>(std::round(weights[i] * 1e6));
      e.ramp = {{e.pilot.start, Fraction{static_cast<std::int32_t>(std::round(covered * 1e6))}}};
    } else {
      for (const HashRange& range : growthbook_ranges(count, covered, weights)) e.hashing.ranges.push_back({range});
    }
  }

  void set_gates(Experiment& e, const std::string& attribute, std::string& why_not) const {
    const Json* filters = source_.find("filters");
    if (filters != nullptr) {
      for (const Json& filter : filters->as_array()) {
        const Json* of = filter.find("attribute");
        if ((of == nullptr ? "id" : of->as_string()) != attribute) why_not = "a filter on another attribute";
        const Json* version = filter.find("hashVersion");
        e.hashing.filters.push_back({version != nullptr && version->as_integer() == 1 ? "growthbook-1" : "growthbook-2",
                                     filter.find("seed")->as_string(), ranges_of(*filter.find("ranges"))});
      }
    } else if (const Json* space = source_.find("namespace")) {
      const auto& s = space->as_array();
      const double first = s[1].as_number() * 1000.0;
      const double end = s[2].as_number() * 1000.0;
      e.layer = s[0].as_string();
      e.layer_slots = {{{std::llround(first), std::llround(end) - 1}}, 1000};
      if (std::abs(first - std::round(first)) > 1e-9 || std::abs(end - std::round(end)) > 1e-9 || first >= end)
        why_not = "a namespace that is not of thousandths";
    }
  }

  void add(const Json::Member& member, std::vector<Attribute>& attributes) const {
    const Json& value = member.second;
    if (value.is_object()) {
      for (const Json::Member& inner : value.as_object()) {
        names_.push_back(member.first + "." + inner.first);
        attributes.push_back({keep(names_.back()), {}});
        set(inner.second, attributes.back().value);
      }
      return;
    }
    attributes.push_back({member.first, {}});
    set(value, attributes.back().value);
  }
  std::string_view keep(const std::string& text) const { return *kept().insert(text).first; }
  static std::set<std::string>& kept() {
    static std::set<std::string> all;
    return all;
  }
  static void set(const Json& value, Attribute::Value& out) {
    if (value.is_bool()) out = value.as_bool();
    if (value.is_integer()) out = value.as_integer();
    if (value.type() == Json::Type::kNumber) out = value.as_number();
    if (value.is_string()) out = std::string_view(value.as_string());
  }

  const Json& context_;
  const Json& source_;
  mutable std::vector<std::string> names_;
};

struct Counts {
  std::size_t passed = 0;
  std::map<std::string, std::size_t> left_out;
};

void run_case(const Json& context, const Json& source, std::int64_t variation, bool in_experiment, bool hash_used,
              const std::string& name, Counts& counts) {
  Translated t = Translator(context, source).run();
  if (!t.experiment) {
    ++counts.left_out[t.why_not];
    return;
  }
  const auto assigner = Assigner::compile(*t.experiment);
  if (!assigner) {
    // Lists, objects and unknown operators in the condition have no place in a scope.
    EXPECT_THAT(assigner.error().where, ::testing::StartsWith("/scope")) << name << describe(assigner.error());
    ++counts.left_out["a condition on lists or objects, or ill-formed"];
    return;
  }
  for (const std::string& read : assigner->attribute_names()) {
    const Json* value = context.find("attributes")->find(read);
    if (value != nullptr && (value->is_array() || value->is_object())) {
      ++counts.left_out["a condition on an attribute that is a list or an object"];
      return;
    }
  }
  const Assignment a = assigner->assign({t.unit, "", t.attributes}, t.experiment->pilot.start);
  const bool forced = a.reason == AssignmentReason::kOverride;
  EXPECT_EQ(a.variant, variation) << name;
  EXPECT_EQ(a.enrolled || forced, in_experiment) << name << to_string(a.reason);
  EXPECT_EQ(a.enrolled, hash_used) << name;
  EXPECT_EQ(assigner->explain({t.unit, "", t.attributes}, t.experiment->pilot.start).assignment.reason, a.reason);
  ++counts.passed;
}

void print(const Counts& counts, const char* what) {
  std::string text;
  for (const auto& [why, count] : counts.left_out) text += "; " + std::to_string(count) + " " + why;
  std::cout << what << ": " << counts.passed << " run; left out" << (text.empty() ? ": none" : text) << "\n";
}

TEST(GrowthBookCases, ExperimentsRunAsThere) {
  const auto cases = load("growthbook-cases.json");
  if (!cases) GTEST_SKIP() << "no public data beside the checkout";
  Counts counts;
  for (const Json& row : cases->find("run")->as_array()) {
    const auto& r = row.as_array();
    const auto& values = r[2].find("variations")->as_array();
    const auto at = std::find(values.begin(), values.end(), r[3]);
    run_case(r[1], r[2], at - values.begin(), r[4].as_bool(), r[5].as_bool(), r[0].as_string(), counts);
  }
  print(counts, "run cases");
  EXPECT_GE(counts.passed, 35u);
}

TEST(GrowthBookCases, RandomExperimentsRunAsInItsSdk) {
  const auto cases = load("growthbook-differential.json");
  if (!cases) GTEST_SKIP() << "no public data beside the checkout";
  Counts counts;
  for (const Json& row : cases->find("run")->as_array()) {
    const auto& r = row.as_array();
    run_case(r[0], r[1], r[2].find("variationId")->as_integer(), r[2].find("inExperiment")->as_bool(),
             r[2].find("hashUsed")->as_bool(), row.dump(), counts);
  }
  print(counts, "differential runs");
  EXPECT_GE(counts.passed, 300u);
}

// The caller's part of sticky choices, as GrowthBook does it: which attribute is the unit, and which document counts.
std::string choose_unit(const Json& attributes, const Json& rule, std::string& attribute) {
  for (const char* field : {"hashAttribute", "fallbackAttribute"}) {
    const Json* name = rule.find(field);
    if (name == nullptr) continue;
    const std::string unit = unit_text(attributes.find(name->as_string()));
    if (unit.empty()) continue;
    attribute = name->as_string();
    return unit;
  }
  return "";
}

TEST(GrowthBookCases, StickyChoices) {
  const auto cases = load("growthbook-cases.json");
  if (!cases) GTEST_SKIP() << "no public data beside the checkout";
  std::size_t checked = 0;
  for (const Json& row : cases->find("stickyBucket")->as_array()) {
    const auto& r = row.as_array();
    const Json& attributes = *r[1].find("attributes");
    Json rule = r[1].find("features")->find(r[3].as_string())->find("rules")->as_array()[0];
    if (rule.find("key") == nullptr) rule.set("key", r[3]);
    const auto number = [&](const char* name) {
      return rule.find(name) == nullptr ? 0 : rule.find(name)->as_integer();
    };
    Translated t = Translator(r[1], rule).run();
    ASSERT_TRUE(t.experiment) << t.why_not;
    Experiment e = *t.experiment;
    const bool disabled = rule.find("disableStickyBucketing") != nullptr;
    e.sticky = {!disabled, number("bucketVersion"), number("minBucketVersion")};
    std::string attribute;
    const std::string unit = choose_unit(attributes, rule, attribute);
    // Of the unit's documents, a choice of the present version, else one of any version.
    std::string remembered;
    std::int64_t version = 0;
    const std::string prefix = rule.find("key")->as_string() + "__";
    for (const char* field : {"fallbackAttribute", "hashAttribute"}) {
      if (rule.find(field) == nullptr) continue;
      const std::string name = rule.find(field)->as_string();
      for (const Json& document : r[2].as_array()) {
        if (document.find("attributeName")->as_string() != name ||
            document.find("attributeValue")->as_string() != unit_text(attributes.find(name)))
          continue;
        for (const Json::Member& one : document.find("assignments")->as_object()) {
          if (!one.first.starts_with(prefix)) continue;
          remembered = one.second.as_string();
          version = std::stoll(one.first.substr(prefix.size()));
        }
      }
    }
    const Assignment a = Assigner::compile(e)->assign({unit, "", t.attributes, {remembered, version}}, e.pilot.start);
    EXPECT_EQ(a.enrolled, !r[4].is_null()) << r[0].as_string();
    if (!r[4].is_null()) {
      EXPECT_EQ(a.variant, r[4].find("variationId")->as_integer()) << r[0].as_string();
      const Json* used = r[4].find("stickyBucketUsed");
      EXPECT_EQ(a.reason == AssignmentReason::kSticky, used != nullptr && used->as_bool()) << r[0].as_string();
    }
    ++checked;
  }
  EXPECT_EQ(checked, cases->find("stickyBucket")->as_array().size());
}

}  // namespace
}  // namespace tactful
