#include <algorithm>
#include <optional>

#include "read_fields.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

constexpr std::int64_t kMostBuckets = std::int64_t{1} << 32;
constexpr std::int64_t kMostVersions = 1'000'000;

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

// Absent, null and an empty text all say that there is none, as files from before there were layers do.
const Json* given(const Json& file, std::string_view name) {
  const Json* value = file.find(name);
  if (value == nullptr || value->is_null() || (value->is_string() && value->as_string().empty())) return nullptr;
  return value;
}

std::optional<std::vector<HashRange>> read_ranges(const Json& list, const std::string& pointer, Findings& findings) {
  std::vector<HashRange> ranges;
  const auto is_pair = [](const Json& json) {
    return json.is_array() && json.as_array().size() == 2 && json.as_array()[0].is_number() &&
           json.as_array()[1].is_number();
  };
  const bool single = is_pair(list);
  const bool whole =
      single || (list.is_array() && std::all_of(list.as_array().begin(), list.as_array().end(), is_pair));
  if (!whole) {
    findings.error("ranges", pointer, "ranges are written [[start, end], ...]",
                   "start is the first number inside, end the first outside");
    return std::nullopt;
  }
  const auto add = [&](const Json& pair) {
    ranges.push_back({pair.as_array()[0].as_number(), pair.as_array()[1].as_number()});
  };
  if (single) {
    add(list);
  } else {
    for (const Json& pair : list.as_array()) add(pair);
  }
  for (const HashRange& range : ranges) {
    if (range.start >= 0.0 && range.start <= range.end && range.end <= static_cast<double>(kMostBuckets)) continue;
    findings.error("ranges", pointer, "a range begins below 0 or ends before it begins", "write [start, end)");
    return std::nullopt;
  }
  return ranges;
}

void read_filters(const Json& list, Experiment& experiment, Findings& findings) {
  for (std::size_t i = 0; i < list.as_array().size(); ++i) {
    const Json& item = list.as_array()[i];
    const std::string at = append_pointer("/hashing/filters", i);
    ObjectReader reader(item, at, {"scheme", "seed", "ranges"}, findings);
    if (!item.is_object()) continue;
    HashFilter filter;
    filter.scheme = reader.text("scheme", experiment.scheme);
    if (reader.require("seed", "name what seeds the filter's hash")) filter.seed = reader.text("seed");
    if (reader.require("ranges", "write [[start, end], ...]")) {
      filter.ranges = read_ranges(*item.find("ranges"), reader.pointer_to("ranges"), findings).value_or(filter.ranges);
    }
    experiment.hashing.filters.push_back(std::move(filter));
  }
}

void read_hashing(const Json& value, Experiment& experiment, Findings& findings) {
  ObjectReader reader(value, "/hashing", {"units", "traffic_salt", "buckets", "ranges", "filters"}, findings);
  Hashing& hashing = experiment.hashing;
  hashing.units = reader.text("units", hashing.units);
  if (hashing.units != "utf16" && hashing.units != "utf8" && hashing.units != "codepoint") {
    findings.error("choice", "/hashing/units", quoted(hashing.units) + " is not one of: utf16, utf8, codepoint",
                   "utf16 agrees with JavaScript in a browser");
    hashing.units = "utf16";
  }
  hashing.traffic_salt = reader.text("traffic_salt");
  hashing.buckets = reader.has("buckets") ? reader.integer("buckets", 0, 1, kMostBuckets) : 0;
  if (const Json* ranges = reader.array("ranges")) {
    for (std::size_t i = 0; i < ranges->as_array().size(); ++i) {
      auto one = read_ranges(ranges->as_array()[i], append_pointer("/hashing/ranges", i), findings);
      hashing.ranges.push_back(one ? std::move(*one) : std::vector<HashRange>{});
    }
  }
  if (const Json* filters = reader.array("filters")) read_filters(*filters, experiment, findings);
}

void read_slots(const Json& list, LayerSlots& layer, Findings& findings) {
  const auto pair_of = [](const Json& json) -> std::optional<SlotRange> {
    if (!json.is_array() || json.as_array().size() != 2) return std::nullopt;
    const Json::Array& ends = json.as_array();
    if (!ends[0].is_integer() || !ends[1].is_integer()) return std::nullopt;
    return SlotRange{ends[0].as_integer(), ends[1].as_integer()};
  };
  if (const auto single = pair_of(list)) {
    layer.slots.push_back(*single);
  } else {
    for (const Json& item : list.as_array()) {
      const auto range = pair_of(item);
      if (!range) {
        findings.error("slots", "/layer/slots", "slots are written [first, last] or [[first, last], ...]",
                       "both ends belong to the range");
        return;
      }
      layer.slots.push_back(*range);
    }
  }
  std::int64_t next = 0;
  for (const SlotRange& range : layer.slots) {
    if (range.first < next || range.last < range.first || range.last >= layer.of) {
      findings.error("slots", "/layer/slots", "the slots are not ascending, apart and below \"of\"",
                     "slots count from 0 to " + std::to_string(layer.of - 1));
      return;
    }
    next = range.last + 1;
  }
  if (layer.slots.empty()) findings.error("slots", "/layer/slots", "there is no slot", "write [first, last]");
}

void read_layer(const Json& value, Experiment& experiment, Findings& findings) {
  if (value.is_string()) {
    findings.error("type", "/layer", "a layer was named without slots",
                   "write {\"key\": \"" + printable(value.as_string()) + "\", \"slots\": [0, 499], \"of\": 1000}");
    return;
  }
  ObjectReader reader(value, "/layer", {"key", "slots", "of"}, findings);
  if (!value.is_object()) return;
  reader.require("key", "name the layer; its experiments all use the same name");
  const bool has_of = reader.require("of", "say into how many slots the layer is cut, for example 1000");
  const bool has_slots = reader.require("slots", "say which slots are this experiment's, for example [0, 499]");
  experiment.layer = reader.text("key");
  if (experiment.layer.empty()) findings.error("key", "/layer/key", "the layer's key is empty", "name the layer");
  experiment.layer_slots.of = reader.integer("of", 1000, 1, LayerSlots::kMost);
  const Json* slots = reader.array("slots");
  if (has_of && has_slots && slots != nullptr) read_slots(*slots, experiment.layer_slots, findings);
}

void read_holdout(const Json& value, const std::string& pointer, Experiment& experiment, Findings& findings) {
  ObjectReader reader(value, pointer, {"key", "fraction", "scheme"}, findings);
  if (!value.is_object()) return;
  Holdout holdout;
  reader.require("key", "name the holdout; every experiment that spares its units uses the same name");
  reader.require("fraction", "say which share of the units is held out, for example 0.05");
  holdout.key = reader.text("key");
  if (holdout.key.empty()) findings.error("key", reader.pointer_to("key"), "the holdout's key is empty", "name it");
  holdout.fraction = reader.fraction("fraction", {});
  holdout.scheme = reader.text("scheme", holdout.scheme);
  const bool is_known = std::any_of(experiment.holdouts.begin(), experiment.holdouts.end(),
                                    [&](const Holdout& other) { return other.key == holdout.key; });
  if (is_known)
    findings.error("duplicate", reader.pointer_to("key"), "two holdouts are called " + quoted(holdout.key), "");
  experiment.holdouts.push_back(std::move(holdout));
}

void read_sticky(const Json& value, Experiment& experiment, Findings& findings) {
  Sticky& sticky = experiment.sticky;
  if (value.is_bool()) {
    sticky.is_on = value.as_bool();
    return;
  }
  ObjectReader reader(value, "/sticky", {"version", "minimum_version"}, findings);
  if (!value.is_object()) return;
  sticky.is_on = true;
  sticky.version = reader.integer("version", 0, 0, kMostVersions);
  sticky.minimum_version = reader.integer("minimum_version", 0, 0, kMostVersions);
  if (sticky.minimum_version > sticky.version) {
    findings.error("sticky", "/sticky/minimum_version", "the minimum version is above the version",
                   "raise the version to at least it");
  }
}

void read_overrides(const Json& value, Experiment& experiment, Findings& findings) {
  for (const Json::Member& member : value.as_object()) {
    if (member.first.empty() || !member.second.is_string()) {
      findings.error("type", append_pointer("/overrides", member.first), "an override is \"unit\": \"variant\"", "");
    } else {
      experiment.overrides.push_back({member.first, member.second.as_string()});
    }
  }
}

void read_groups(const Json& value, Experiment& experiment, Findings& findings) {
  for (const Json::Member& member : value.as_object()) {
    SavedGroup group{member.first, {}};
    const bool is_list = member.second.is_array();
    if (is_list) {
      for (const Json& item : member.second.as_array()) {
        if (item.is_string()) group.values.push_back(item.as_string());
      }
    }
    if (!is_list || group.values.size() != member.second.as_array().size()) {
      findings.error("type", append_pointer("/groups", member.first), "a group is a list of texts",
                     "attributes are compared with its members as texts");
    }
    experiment.groups.push_back(std::move(group));
  }
}

}  // namespace

void read_traffic(const Json& file, ObjectReader& reader, Experiment& experiment, Findings& findings) {
  if (const Json* hashing = reader.object("hashing")) read_hashing(*hashing, experiment, findings);
  if (const Json* layer = given(file, "layer")) read_layer(*layer, experiment, findings);
  if (const Json* holdout = given(file, "holdout")) {
    if (holdout->is_array()) {
      for (std::size_t i = 0; i < holdout->as_array().size(); ++i) {
        read_holdout(holdout->as_array()[i], append_pointer("/holdout", i), experiment, findings);
      }
    } else {
      read_holdout(*holdout, "/holdout", experiment, findings);
    }
  }
  experiment.switchback_ms = reader.duration("switchback", 0);
  if (const Json* sticky = given(file, "sticky")) read_sticky(*sticky, experiment, findings);
  if (const Json* overrides = reader.object("overrides")) read_overrides(*overrides, experiment, findings);
  if (const Json* groups = reader.object("groups")) read_groups(*groups, experiment, findings);
}

void check_traffic(const Experiment& experiment, Findings& findings) {
  for (const Override& one : experiment.overrides) {
    if (experiment.variant_index(one.variant)) continue;
    std::vector<std::string> known;
    for (const Variant& variant : experiment.variants) known.push_back(variant.key);
    const auto nearest = nearest_word(one.variant, known);
    findings.error("override", append_pointer("/overrides", one.unit), "there is no variant " + quoted(one.variant),
                   nearest ? "did you mean \"" + *nearest + "\"?" : "name one of the variants");
  }
  const auto& ranges = experiment.hashing.ranges;
  if (!ranges.empty() && ranges.size() != experiment.variants.size()) {
    findings.error("ranges", "/hashing/ranges", "there is not one entry for each variant",
                   "a variant that nobody shall get has []");
  }
  if (experiment.switchback_ms > 0 && !experiment.is_clustered()) {
    findings.error("switchback", "/cluster",
                   "a switchback randomises time slots, and the field that names them is missing",
                   "write \"cluster\": \"time-slot\", or what has its own slots, such as \"team\"");
  }
  if (experiment.switchback_ms > 0 && experiment.sticky.is_on) {
    findings.error("sticky", "/sticky", "a switchback gives a unit another variant in another time slot",
                   "leave one of the two out");
  }
}

}  // namespace tactful
