#pragma once

#include <string>

#include "tactful/core/json.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful::sample {

/// A small valid experiment file without warnings, for tests to break in one place.
inline Json file() {
  return parse_json(R"({
    "schema": "tactful/experiment/1", "key": "renewal", "owner": "Li Na",
    "variants": [{"key": "control", "text": "Dear {name}"}, {"key": "help", "text": "Hello {name}"}],
    "metrics": [{"key": "converted", "window": "7d", "role": "success"},
                {"key": "complaint", "window": "14d", "role": "guardrail"}],
    "plan": {"enrolment_end": "2026-06-11", "margins": {"complaint": {"ratio": 1.5}}},
    "pilot": {"start": "2026-05-14"}
  })")
      .value();
}

/// The file with the value at a pointer like /variants/0/weight replaced or added ("-" appends to a list).
inline Json with(Json json, const std::string& pointer, const Json& value) {
  Json* at = &json;
  std::size_t start = 1;
  while (true) {
    const std::size_t end = pointer.find('/', start);
    const std::string token = pointer.substr(start, end - start);
    const bool last = end == std::string::npos;
    if (at->is_array()) {
      if (token == "-") {
        at->push_back(value);
        return json;
      }
      at = &at->as_array()[std::stoul(token)];
    } else {
      if (at->find(token) == nullptr) at->set(token, Json::object());
      at = const_cast<Json*>(at->find(token));
    }
    if (last) {
      *at = value;
      return json;
    }
    start = end + 1;
  }
}

/// The file without a member.
inline Json without(Json json, const std::string& parent, const std::string& name) {
  Json* at = parent.empty() ? &json : const_cast<Json*>(json.find(parent));
  std::erase_if(at->as_object(), [&](const Json::Member& member) { return member.first == name; });
  return json;
}

inline Experiment experiment(const Json& json = file()) { return parse_experiment(json.dump()).experiment.value(); }

}  // namespace tactful::sample
