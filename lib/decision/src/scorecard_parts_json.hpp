#pragma once

#include "tactful/core/json.hpp"
#include "tactful/decision/scorecard.hpp"

namespace tactful {

[[nodiscard]] Json to_json(const EffectInterval& effect);
[[nodiscard]] Json looks_json(const Scorecard& card);
[[nodiscard]] Json harm_json(const Scorecard& card);
[[nodiscard]] Json score_json(const Scorecard& card);
[[nodiscard]] Json winner_json(const Scorecard& card);
[[nodiscard]] Json time_course_json(const Scorecard& card);
[[nodiscard]] Json segment_effects_json(const Scorecard& card);
[[nodiscard]] Json overrides_json(const Scorecard& card);

}  // namespace tactful
