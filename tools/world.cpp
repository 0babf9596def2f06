#include "world.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "inputs.hpp"
#include "tactful/core/file.hpp"
#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"

namespace tactful::tools {
namespace {

constexpr double kLongestDelay = 24.0 * 366;

// A finding of the file, at its JSON pointer.
struct At {
  std::string file;
  [[nodiscard]] Error error(const std::string& pointer, std::string message) const {
    return {ErrorCode::kInvalidInput, std::move(message), file + ":" + pointer, "form: tactful simulate --help"};
  }
};

std::string plain_number(double value) {
  const std::string text = Json(value).dump();
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

Result<double> number_in(const Json& value, const At& at, const std::string& pointer, double least, double most) {
  if (value.is_number() && value.as_number() >= least && value.as_number() <= most) return value.as_number();
  return at.error(pointer, "must be a number from " + plain_number(least) + " to " + plain_number(most));
}

Result<std::vector<double>> probabilities(const Json& value, const Experiment& experiment, const At& at,
                                          const std::string& pointer) {
  std::vector<double> result(experiment.variants.size(), -1.0);
  if (value.is_array() && value.as_array().size() == result.size()) {
    for (std::size_t index = 0; index < result.size(); ++index) {
      const auto one = number_in(value.as_array()[index], at, append_pointer(pointer, index), 0, 1);
      if (!one) return one.error();
      result[index] = *one;
    }
    return result;
  }
  if (!value.is_object())
    return at.error(pointer, "must be an object of variant to probability, or " + std::to_string(result.size()) +
                                 " numbers in the variants' order");
  for (const auto& member : value.as_object()) {
    const auto index = experiment.variant_index(member.first);
    const std::string where = append_pointer(pointer, member.first);
    if (!index) return at.error(where, "the experiment has no such variant");
    const auto one = number_in(member.second, at, where, 0, 1);
    if (!one) return one.error();
    result[*index] = *one;
  }
  for (std::size_t index = 0; index < result.size(); ++index)
    if (result[index] < 0) return at.error(pointer, "\"" + printable(experiment.variants[index].key) + "\" is missing");
  return result;
}

Result<SimulatedOutcome> outcome_of(const Json& value, const Experiment& experiment, const At& at,
                                    const std::string& pointer) {
  if (!value.is_object())
    return at.error(pointer, "must be an object {\"kind\",\"probability\"[,\"mean_delay_hours\"][,\"horizon_hours\"]}");
  SimulatedOutcome outcome;
  for (const auto& member : value.as_object()) {
    const std::string where = append_pointer(pointer, member.first);
    if (member.first == "kind" && member.second.is_string()) {
      outcome.kind = member.second.as_string();
    } else if (member.first == "probability") {
      auto read = probabilities(member.second, experiment, at, where);
      if (!read) return read.error();
      outcome.probability = std::move(read).value();
    } else if (member.first == "mean_delay_hours") {
      const auto read = number_in(member.second, at, where, 1e-3, kLongestDelay);
      if (!read) return read.error();
      outcome.mean_delay_hours = *read;
    } else if (member.first == "horizon_hours") {
      const auto read = number_in(member.second, at, where, 1e-3, kLongestDelay);
      if (!read) return read.error();
      outcome.horizon_hours = *read;
    } else {
      return at.error(where, "unknown or ill-typed; known are kind, probability, mean_delay_hours, horizon_hours");
    }
  }
  if (outcome.kind.empty() || outcome.probability.empty())
    return at.error(pointer, "needs \"kind\" and \"probability\"");
  return outcome;
}

Status read_file_into(World& world, const std::string& file, const Experiment& experiment) {
  const auto text = read_file(file);
  if (!text) return text.error();
  const auto json = parse_json(*text, file);
  if (!json) return json.error();
  const At at{file};
  if (!json->is_object()) return at.error("", "must be an object");
  for (const auto& [name, value] : json->as_object()) {
    const std::string pointer = append_pointer("", name);
    if (name == "customers_per_week" && value.is_integer() && value.as_integer() >= 1 &&
        value.as_integer() <= 10'000'000) {
      world.customers_per_week = value.as_integer();
    } else if (name == "region" && value.is_string()) {
      world.region = value.as_string();
    } else if (name == "out_of_scope") {
      const auto share = number_in(value, at, pointer, 0, 1);
      if (!share) return share.error();
      world.out_of_scope = *share;
    } else if (name == "outcomes" && value.is_array()) {
      for (std::size_t index = 0; index < value.as_array().size(); ++index) {
        auto outcome = outcome_of(value.as_array()[index], experiment, at, append_pointer(pointer, index));
        if (!outcome) return outcome.error();
        world.outcomes.push_back(std::move(outcome).value());
      }
    } else {
      return at.error(
          pointer, "unknown, ill-typed or out of range; known are customers_per_week, region, out_of_scope, outcomes");
    }
  }
  return {};
}

SimulatedOutcome& outcome_named(World& world, const std::string& kind) {
  for (SimulatedOutcome& outcome : world.outcomes)
    if (outcome.kind == kind) return outcome;
  world.outcomes.emplace_back().kind = kind;
  return world.outcomes.back();
}

Status add_outcome_flags(World& world, const Arguments& arguments, const Experiment& experiment) {
  const auto given = arguments.pairs("--outcome");
  if (!given) return given.error();
  for (const auto& [kind, text] : *given) {
    const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')) + 1;
    if (count != experiment.variants.size()) {
      std::string names;
      for (const Variant& variant : experiment.variants) names += (names.empty() ? "" : ", ") + printable(variant.key);
      return Error{ErrorCode::kInvalidArgument,
                   counted(static_cast<std::int64_t>(count), "rate", "rates") + " where the experiment has " +
                       counted(static_cast<std::int64_t>(experiment.variants.size()), "variant", "variants"),
                   "--outcome " + kind, "one rate for each of " + names + ", in this order"};
    }
    Json list = Json::array();
    for (const std::string& part : comma_separated(text)) {
      double number = 0.0;
      const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), number);
      const bool whole = failed == std::errc() && end == part.data() + part.size() && std::isfinite(number);
      list.push_back(whole ? Json(number) : Json(part));
    }
    auto read = probabilities(list, experiment, {"--outcome"}, kind);
    if (!read) return Error{ErrorCode::kInvalidArgument, read.error().message, "--outcome " + kind, ""};
    outcome_named(world, kind).probability = std::move(read).value();
  }
  const auto delays = arguments.pairs("--delay");
  if (!delays) return delays.error();
  for (const auto& [kind, text] : *delays) {
    const auto hours = parse_json(text);
    const bool good = hours && hours->is_number() && hours->as_number() >= 1e-3 && hours->as_number() <= kLongestDelay;
    if (!good)
      return Error{ErrorCode::kInvalidArgument, "\"" + printable(text) + "\" is no number of hours", "--delay " + kind,
                   ""};
    if (outcome_named(world, kind).probability.empty())
      return Error{ErrorCode::kInvalidArgument, "no outcome of this kind", "--delay " + kind,
                   "give its rates with --outcome"};
    outcome_named(world, kind).mean_delay_hours = hours->as_number();
  }
  return {};
}

}  // namespace

std::vector<OptionSpec> world_options() {
  return {{"--world", "FILE",
           "JSON file: "
           "{\"customers_per_week\",\"out_of_scope\",\"region\",\"outcomes\":[{\"kind\",\"probability\":{variant: "
           "rate},\"mean_delay_hours\",\"horizon_hours\"}]}."},
          {"--outcome", "KIND=P,P,...", "True rate of an outcome by variant, in the experiment's order.", false, true},
          {"--delay", "KIND=HOURS", "Mean delay of an outcome; default 24.", false, true},
          {"--customers", "N", "New customers a week; default 4000."}};
}

Result<World> read_world(const Arguments& arguments, const Experiment& experiment) {
  World world;
  world.out_of_scope = 0;
  if (const auto file = arguments.text("--world")) {
    if (const Status read = read_file_into(world, *file, experiment); !read) return read.error();
  }
  if (const Status added = add_outcome_flags(world, arguments, experiment); !added) return added.error();
  const auto customers = arguments.integer("--customers", world.customers_per_week, 1, 10'000'000);
  if (!customers) return customers.error();
  world.customers_per_week = *customers;
  const auto seed = arguments.integer("--seed", 1, 0, INT64_MAX);
  if (!seed) return seed.error();
  world.seed = static_cast<std::uint64_t>(*seed);
  if (world.outcomes.empty())
    return Error{ErrorCode::kInvalidArgument, "what do customers do? give --outcome KIND=P,P,... or --world FILE",
                 "simulate", "see: tactful simulate --help"};
  return world;
}

}  // namespace tactful::tools
