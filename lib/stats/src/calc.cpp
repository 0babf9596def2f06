#include "tactful/stats/calc.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "calc_input.hpp"
#include "tactful/core/text.hpp"

namespace tactful::stats {
namespace {

const std::vector<calc::Method>& table() {
  static const std::vector<calc::Method> methods = [] {
    std::vector<calc::Method> all;
    for (const auto& part :
         {calc::proportion_methods(), calc::exact_methods(), calc::mean_methods(), calc::sample_methods(),
          calc::multiplicity_methods(), calc::sample_ratio_methods(), calc::sequential_methods(),
          calc::anytime_methods(), calc::confidence_sequence_methods(), calc::bayes_methods(), calc::planning_methods(),
          calc::strata_methods(), calc::odds_ratio_methods(), calc::follow_up_methods(), calc::shrinkage_methods(),
          calc::segment_methods(), calc::harm_sequence_methods(), calc::simultaneous_methods(),
          calc::metric_plan_methods()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    std::sort(all.begin(), all.end(),
              [](const calc::Method& a, const calc::Method& b) { return a.info.name < b.info.name; });
    return all;
  }();
  return methods;
}

}  // namespace

std::span<const MethodInfo> methods() {
  static const std::vector<MethodInfo> infos = [] {
    std::vector<MethodInfo> all;
    for (const calc::Method& method : table()) all.push_back(method.info);
    return all;
  }();
  return infos;
}

Result<Json> calculate(std::string_view method, const Json& input) {
  const auto& all = table();
  const auto found =
      std::lower_bound(all.begin(), all.end(), method,
                       [](const calc::Method& entry, std::string_view name) { return entry.info.name < name; });
  if (found == all.end() || found->info.name != method) {
    Error error{ErrorCode::kNotFound, "no method is called " + std::string(method), "method", {}};
    std::vector<std::string> names;
    for (const calc::Method& entry : all) names.emplace_back(entry.info.name);
    if (const auto near = nearest_word(method, names)) error.hint = "did you mean " + *near + "?";
    return error;
  }
  const auto checked = calc::Input::check(found->info, input);
  if (!checked) return checked.error();
  return found->run(*checked);
}

}  // namespace tactful::stats
