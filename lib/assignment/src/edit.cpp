#include "tactful/assignment/edit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "program.hpp"
#include "tactful/core/text.hpp"
#include "tactful/experiment/experiment_file.hpp"

namespace tactful {
namespace {

constexpr std::size_t kMostPieces = 10'000'000;
constexpr std::uint64_t kMostCommonBuckets = 4'000'000;
constexpr double kMillion = 1e6;

// What one bucket of a draw means in one of its roles: a gate's yes or no, or the place in a split.
struct Role {
  const std::vector<BucketRange>* ranges = nullptr;
  std::size_t slot = 0;  // where the meaning goes
  bool is_split = false;
  std::uint64_t last = 0;  // of the draw's buckets as this role counts them
};

// One draw with all that both versions read off it.
struct Reading {
  BucketSource source;
  std::vector<Role> roles;
};

// A piece of a draw: buckets that mean the same in all roles.
struct Piece {
  std::vector<std::pair<std::size_t, int>> meanings;  // slot and value
  double share = 0.0;
};

constexpr int kOutside = -1;

// The slots of one version in the vector of meanings, in the order of the checks.
struct Layout {
  std::vector<std::size_t> holdouts;
  std::vector<std::size_t> gates;
  std::size_t split = 0;
  bool is_open = false;  // whether a ramp step is in force
};

class Counter {
 public:
  Layout add(const AssignmentProgram& program, TimeMs now, bool own_ids) {
    Layout layout;
    for (const Gate& gate : program.holdouts) layout.holdouts.push_back(read(gate.source, gate.ranges, false, own_ids));
    if (program.layer) layout.gates.push_back(read(program.layer->source, program.layer->ranges, false, own_ids));
    for (const Gate& gate : program.filters) layout.gates.push_back(read(gate.source, gate.ranges, false, own_ids));
    const ProgramStep* step = program.step_at(now);
    layout.is_open = step != nullptr;
    if (step == nullptr) return layout;
    if (step->share.traffic)
      layout.gates.push_back(read(step->share.traffic->source, step->share.traffic->ranges, false, own_ids));
    layout.split = read(program.split, step->share.split, true, own_ids);
    return layout;
  }

  // Calls visit(meanings, share) for every combination of pieces.
  template <typename Visit>
  [[nodiscard]] bool count(Visit visit) const {
    std::vector<std::vector<Piece>> draws;
    std::size_t combinations = 1;
    for (const Reading& reading : readings_) {
      if (common_buckets(reading) > kMostCommonBuckets) return false;
      draws.push_back(pieces_of(reading));
      if (draws.back().size() > kMostPieces / combinations) return false;
      combinations *= draws.back().size();
    }
    std::vector<int> meanings(slots_, 0);
    walk(draws, 0, 1.0, meanings, visit);
    return true;
  }

 private:
  std::size_t read(const BucketSource& source, const std::vector<BucketRange>& ranges, bool is_split, bool own_ids) {
    const auto from = readings_.begin() + static_cast<std::ptrdiff_t>(own_ids ? own_from_ : 0);
    auto found = std::find_if(from, readings_.end(),
                              [&](const Reading& reading) { return reading.source.shares_hash_with(source); });
    if (found == readings_.end()) found = readings_.insert(found, Reading{source, {}});
    found->roles.push_back({&ranges, slots_, is_split, source.last()});
    return slots_++;
  }

 public:
  // From here on draws are independent of those before, even with the same seed.
  void separate() { own_from_ = readings_.size(); }

 private:
  using Meanings = std::vector<std::pair<std::size_t, int>>;

  // Least common multiple of the numbers of buckets into which one hash is cut; 0 where all are the same.
  static std::uint64_t common_buckets(const Reading& reading) {
    const auto differs = [&](const Role& role) { return role.last != reading.source.last(); };
    if (std::none_of(reading.roles.begin(), reading.roles.end(), differs)) return 0;
    std::uint64_t common = 1;
    for (const Role& role : reading.roles) {
      common = std::lcm(common, role.last + 1);
      if (common > kMostCommonBuckets) return common;
    }
    return common;
  }

  static int meaning_of(const Role& role, std::uint64_t bucket) {
    const BucketRange* range = find_range(*role.ranges, bucket);
    return range == nullptr ? kOutside : role.is_split ? range->variant : 1;
  }

  static std::vector<Piece> pieces_of(const Reading& reading) {
    std::map<Meanings, double> merged;
    if (const std::uint64_t common = common_buckets(reading); common > 0) {
      // tactful-1 scales its hash, all others take the remainder.
      const bool scales = reading.source.hash() == Hash::kTactful1;
      for (std::uint64_t bucket = 0; bucket < common; ++bucket) {
        Meanings meanings;
        for (const Role& role : reading.roles) {
          const std::uint64_t parts = role.last + 1;
          meanings.emplace_back(role.slot, meaning_of(role, scales ? bucket / (common / parts) : bucket % parts));
        }
        merged[std::move(meanings)] += 1.0 / static_cast<double>(common);
      }
    } else {
      cut_at_thresholds(reading, merged);
    }
    std::vector<Piece> pieces;
    for (const auto& [meanings, share] : merged) pieces.push_back({meanings, share});
    return pieces;
  }

  static void cut_at_thresholds(const Reading& reading, std::map<Meanings, double>& merged) {
    std::set<std::uint64_t> begins{0};
    for (const Role& role : reading.roles) {
      for (const BucketRange& range : *role.ranges) {
        begins.insert(range.first);
        if (range.last < reading.source.last()) begins.insert(range.last + 1);
      }
    }
    for (auto begin = begins.begin(); begin != begins.end(); ++begin) {
      if (*begin > reading.source.last()) break;
      const auto next = std::next(begin);
      const double end = next == begins.end() ? reading.source.size() : static_cast<double>(*next);
      const double size =
          next == begins.end() ? end - static_cast<double>(*begin) : static_cast<double>(*next - *begin);
      Meanings meanings;
      for (const Role& role : reading.roles) meanings.emplace_back(role.slot, meaning_of(role, *begin));
      merged[std::move(meanings)] += size / reading.source.size();
    }
  }

  template <typename Visit>
  static void walk(const std::vector<std::vector<Piece>>& draws, std::size_t depth, double share,
                   std::vector<int>& meanings, Visit& visit) {
    if (depth == draws.size()) {
      visit(meanings, share);
      return;
    }
    for (const Piece& piece : draws[depth]) {
      for (const auto& [slot, value] : piece.meanings) meanings[slot] = value;
      walk(draws, depth + 1, share * piece.share, meanings, visit);
    }
  }

  std::vector<Reading> readings_;
  std::size_t slots_ = 0;
  std::size_t own_from_ = 0;
};

int place_of(const Layout& layout, const std::vector<int>& meanings) {
  if (!layout.is_open) return kOutside;
  for (const std::size_t slot : layout.holdouts) {
    if (meanings[slot] != kOutside) return kOutside;
  }
  for (const std::size_t slot : layout.gates) {
    if (meanings[slot] == kOutside) return kOutside;
  }
  return meanings[layout.split];
}

std::string name_of(const Experiment& experiment, int place) {
  return place == kOutside ? "" : experiment.variants[static_cast<std::size_t>(place)].key;
}

void add_share(EditImpact& impact, const std::string& from, const std::string& to, double share) {
  const double ppm = share * kMillion;
  if (from == to) {
    (from.empty() ? impact.outside_ppm : impact.same_ppm) += ppm;
    return;
  }
  (from.empty() ? impact.entered_ppm : to.empty() ? impact.left_ppm : impact.switched_ppm) += ppm;
  const auto found = std::find_if(impact.moves.begin(), impact.moves.end(),
                                  [&](const EditMove& move) { return move.from == from && move.to == to; });
  if (found == impact.moves.end()) {
    impact.moves.push_back({from, to, ppm});
  } else {
    found->ppm += ppm;
  }
}

// Whether the wordings' files of both have the same words, which the experiment's own file does not show.
bool same_contents(const Experiment& before, const Experiment& after) {
  return std::equal(before.variants.begin(), before.variants.end(), after.variants.begin(), after.variants.end(),
                    [](const Variant& a, const Variant& b) { return a.content == b.content; });
}

// Members of the files inside the fingerprint that differ.
std::vector<std::string> changed_members(const Experiment& before, const Experiment& after) {
  const Json a = to_json(before);
  const Json b = to_json(after);
  std::vector<std::string> changed;
  for (const char* name : {"unit", "cluster", "scheme", "salt", "hashing", "layer", "holdout", "switchback", "sticky",
                           "groups", "scope", "variants", "metrics", "plan"}) {
    const Json* x = a.find(name);
    const Json* y = b.find(name);
    bool same = x == nullptr || y == nullptr ? x == y : x->canonical() == y->canonical();
    if (name == std::string_view("variants")) same = same && same_contents(before, after);
    if (!same) changed.emplace_back(name);
  }
  return changed;
}

// Whether the variants differ in nothing but weights.
bool only_weights(Experiment before, Experiment after) {
  for (Variant& variant : before.variants) variant.weight = 1;
  for (Variant& variant : after.variants) variant.weight = 1;
  before.sticky = after.sticky;
  return fingerprint(before) == fingerprint(after);
}

EditKind kind_of(const Experiment& before, const Experiment& after, const EditImpact& impact) {
  if (impact.fingerprint_before == impact.fingerprint_after)
    return to_json(before) == to_json(after) ? EditKind::kSame : EditKind::kFree;
  if (before.salt != after.salt) return EditKind::kNewVersion;
  if (before.sticky.is_on && after.sticky == before.sticky && only_weights(before, after)) return EditKind::kKept;
  return EditKind::kBreaking;
}

std::string percent(double ppm) {
  char text[48];
  std::snprintf(text, sizeof text, "%.4f %%", ppm / 1e4);
  return text;
}

}  // namespace

std::string_view to_string(EditKind kind) noexcept {
  switch (kind) {
    case EditKind::kSame:
      return "same";
    case EditKind::kFree:
      return "free";
    case EditKind::kNewVersion:
      return "new_version";
    case EditKind::kKept:
      return "kept";
    case EditKind::kBreaking:
      return "breaking";
  }
  return "breaking";
}

Result<EditImpact> compare_versions(const Experiment& before, const Experiment& after, TimeMs now) {
  if (before.key != after.key) {
    return Error{ErrorCode::kInvalidArgument,
                 "\"" + printable(before.key) + "\" and \"" + printable(after.key) + "\" are two experiments", "/key",
                 "compare two versions of one experiment"};
  }
  const auto a = compile_program(before, {});
  if (!a) return a.error();
  const auto b = compile_program(after, {});
  if (!b) return b.error();
  EditImpact impact;
  impact.fingerprint_before = a->fingerprint;
  impact.fingerprint_after = b->fingerprint;
  impact.changed = changed_members(before, after);
  impact.scope_changed = before.scope.canonical() != after.scope.canonical() || before.groups != after.groups;
  impact.randomised_changed = before.unit != after.unit || before.cluster != after.cluster ||
                              before.switchback_ms != after.switchback_ms ||
                              (before.switchback_ms > 0 && before.pilot.start != after.pilot.start);
  Counter counter;
  const Layout layout_a = counter.add(*a, now, false);
  if (impact.randomised_changed) counter.separate();
  const Layout layout_b = counter.add(*b, now, impact.randomised_changed);
  const bool counted = counter.count([&](const std::vector<int>& meanings, double share) {
    if (share <= 0.0) return;
    add_share(impact, name_of(before, place_of(layout_a, meanings)), name_of(after, place_of(layout_b, meanings)),
              share);
  });
  if (!counted) {
    return Error{ErrorCode::kInvalidArgument, "the two versions cut their draws into too many pieces to count",
                 before.key, "make the edit in steps: first the salts, then the gates, then the weights"};
  }
  std::sort(impact.moves.begin(), impact.moves.end(), [](const EditMove& x, const EditMove& y) {
    return std::tuple(-x.ppm, x.from, x.to) < std::tuple(-y.ppm, y.from, y.to);
  });
  impact.kind = kind_of(before, after, impact);
  return impact;
}

Status allow_running_edit(const EditImpact& impact) {
  if (impact.kind != EditKind::kBreaking) return {};
  std::string members;
  for (const std::string& name : impact.changed) members += (members.empty() ? "" : ", ") + name;
  return Error{ErrorCode::kRefused,
               "the edit changes " + members + " under the old salt, so data from before and after would be mixed",
               members.empty() ? "" : "/" + impact.changed.front(),
               "give it a new salt, which makes it a new version whose units are drawn afresh, or undo the edit"};
}

Json EditImpact::to_json() const {
  Json list = Json::array();
  for (const EditMove& move : moves) {
    list.push_back(Json::object()
                       .set("from", move.from.empty() ? Json() : Json(move.from))
                       .set("to", move.to.empty() ? Json() : Json(move.to))
                       .set("ppm", move.ppm));
  }
  Json names = Json::array();
  for (const std::string& name : changed) names.push_back(name);
  return Json::object()
      .set("kind", tactful::to_string(kind))
      .set("same_ppm", same_ppm)
      .set("switched_ppm", switched_ppm)
      .set("entered_ppm", entered_ppm)
      .set("left_ppm", left_ppm)
      .set("outside_ppm", outside_ppm)
      .set("moves", std::move(list))
      .set("scope_changed", scope_changed)
      .set("randomised_changed", randomised_changed)
      .set("changed", std::move(names))
      .set("fingerprint_before", fingerprint_before)
      .set("fingerprint_after", fingerprint_after);
}

std::string EditImpact::to_text() const {
  std::string text = "edit: " + std::string(tactful::to_string(kind)) + "\n";
  text += "same variant " + percent(same_ppm) + ", switch " + percent(switched_ppm) + ", enter " +
          percent(entered_ppm) + ", leave " + percent(left_ppm) + ", outside " + percent(outside_ppm) +
          " of the units in scope\n";
  for (const EditMove& move : moves) {
    text += "  " + (move.from.empty() ? "(outside)" : printable(move.from)) + " -> " +
            (move.to.empty() ? "(outside)" : printable(move.to)) + ": " + percent(move.ppm) + "\n";
  }
  if (scope_changed) text += "the scope differs: who is in scope changes as well, which only attributes can say\n";
  if (randomised_changed) text += "other ids are randomised: the shares are those of independent draws\n";
  return text + "fingerprint " + fingerprint_before + " -> " + fingerprint_after + "\n";
}

}  // namespace tactful
