#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tactful/core/diagnostic.hpp"
#include "tactful/experiment/experiment.hpp"

namespace tactful {

/// An experiment file as read: the experiment where there is no error, and every finding either way.
struct ExperimentFile {
  std::optional<Experiment> experiment;  ///< Present exactly when `diagnostics` holds no error.
  Diagnostics diagnostics;               ///< All findings at once, each with its JSON pointer; warnings included.
};

/// Reads an experiment from JSON text (docs/spec/experiment.md) and checks everything that the file alone can show:
/// unknown fields (with the nearest known name), types, ranges, keys, weights, references between fields, times,
/// margins. Never fails otherwise: text that is not JSON becomes one diagnostic.
[[nodiscard]] ExperimentFile parse_experiment(std::string_view text, std::string_view origin = "experiment");

/// Reads `<key>.json`, of at most 4 MiB. Errors: kNotFound, kStorage, kInvalidInput (larger). Findings are in the
/// value.
[[nodiscard]] Result<ExperimentFile> read_experiment(const std::filesystem::path& path);

/// The experiment as JSON, complete, so that parse_experiment(to_json(e).dump()) gives an equal experiment.
[[nodiscard]] Json to_json(const Experiment& experiment);

/// What makes the experiment what it is, as 32 lower-case hex digits: 128 bits of BLAKE2b over the canonical JSON of
/// key, unit, cluster, scheme, salt, hashing, layer, holdouts, switchback, sticky, groups, scope, variants (keys,
/// weights, wordings, texts, contents), metrics, margins and plan (without what only planning uses). Outside it: title,
/// owner, accountable, goal, ramp, overrides, dates of the pilot, policy, responsible, consulted, informed, contact,
/// purpose (all decided before assignment, alike for every variant), baselines and weekly units. Equal experiments have
/// equal fingerprints on every machine.
[[nodiscard]] std::string fingerprint(const Experiment& experiment);

/// Fingerprint of one variant's words, 32 hex digits: the content identity of its wording's file where that is known,
/// else the hash of wording id and text.
[[nodiscard]] std::string fingerprint(const Variant& variant);

}  // namespace tactful
