#include "tactful/decision/review_diff.hpp"

#include <algorithm>
#include <array>

#include "tactful/core/phrases.hpp"
#include "tactful/core/text.hpp"

namespace tactful {
namespace {

/// By which members an element of a list is known, the telling ones first.
constexpr std::array<std::string_view, 11> kIdentity = {"check",  "metric",  "variant", "segment", "value", "by",
                                                        "reason", "planned", "entry",   "day",     "at"};

std::string plain_text(const Json& value) { return value.is_string() ? value.as_string() : value.dump(); }

/// "paid, kind" for an element about that metric and variant; empty for one that names nothing.
std::string identity_of(const Json& element) {
  std::string text;
  for (const std::string_view member : kIdentity) {
    const Json* found = element.find(member);
    if (found == nullptr || !(found->is_string() || found->is_integer())) continue;
    text += (text.empty() ? "" : ", ") + plain_text(*found);
  }
  return text;
}

class Differ {
 public:
  void compare(const std::string& where, const Json& before, const Json& after) {
    if (before.is_object() && after.is_object()) return objects(where, before.as_object(), after.as_object(), after);
    if (before.is_array() && after.is_array()) return lists(where, before.as_array(), after.as_array());
    if (before.canonical() != after.canonical()) changes_.push_back({where, before, after});
  }
  std::vector<ReviewChange> take() { return std::move(changes_); }

 private:
  static std::string member(const std::string& where, std::string_view name) {
    return where.empty() ? std::string(name) : where + "." + std::string(name);
  }

  void objects(const std::string& where, const Json::Object& before, const Json::Object& after, const Json& whole) {
    for (const auto& [name, value] : before) {
      const Json* other = whole.find(name);
      compare(member(where, name), value, other == nullptr ? Json() : *other);
    }
    for (const Json::Member& added : after) {
      const auto same = [&](const Json::Member& one) { return one.first == added.first; };
      if (std::none_of(before.begin(), before.end(), same)) compare(member(where, added.first), Json(), added.second);
    }
  }

  void lists(const std::string& where, const Json::Array& before, const Json::Array& after) {
    std::vector<bool> paired(after.size(), false);
    for (std::size_t i = 0; i < before.size(); ++i) {
      const std::string identity = identity_of(before[i]);
      std::size_t partner = after.size();
      for (std::size_t j = 0; j < after.size() && partner == after.size(); ++j) {
        if (!paired[j] && (identity.empty() ? i == j : identity_of(after[j]) == identity)) partner = j;
      }
      const std::string place = where + "[" + (identity.empty() ? std::to_string(i) : identity) + "]";
      compare(place, before[i], partner == after.size() ? Json() : after[partner]);
      if (partner < after.size()) paired[partner] = true;
    }
    for (std::size_t j = 0; j < after.size(); ++j) {
      const std::string identity = identity_of(after[j]);
      if (!paired[j]) compare(where + "[" + (identity.empty() ? std::to_string(j) : identity) + "]", Json(), after[j]);
    }
  }

  std::vector<ReviewChange> changes_;
};

std::string value_text(const Json& value) {
  if (value.is_null()) return "none";
  return value.is_integer() ? grouped(value.as_integer()) : printable(plain_text(value));
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return text.ends_with(end); });
}

/// Smaller is told first; -1 is not told.
int rank(std::string_view where) {
  if (where == "recommendation.action" || where == "recommendation.variant") return 0;
  if (where.starts_with("metrics[") && where.ends_with("].verdict")) return 1;
  if (where.starts_with("checks[") && ends_with_any(where, {"].status", "].waived"})) return 2;
  if (where.starts_with("harm[") && ends_with_any(where, {"].alarm"})) return 3;
  if (where.starts_with("harm[") && where.find("].events.") != std::string_view::npos) return 3;
  if (where.starts_with("arms[")) return 4;
  if (where.starts_with("metrics[") && ends_with_any(where, {".units", ".total"})) return 5;
  if (where.starts_with("metrics[") && where.find("].immature.") != std::string_view::npos) return 6;
  if (where.starts_with("overrides[")) return 7;
  return -1;
}

}  // namespace

std::vector<ReviewChange> changes_between(const Json& before, const Json& after) {
  Differ differ;
  differ.compare("", before, after);
  return differ.take();
}

std::vector<ReviewChange> telling_changes(const Json& before, const Json& after) {
  std::vector<ReviewChange> changes = changes_between(before, after);
  std::erase_if(changes, [](const ReviewChange& change) { return rank(change.where) < 0; });
  std::stable_sort(changes.begin(), changes.end(),
                   [](const ReviewChange& a, const ReviewChange& b) { return rank(a.where) < rank(b.where); });
  return changes;
}

std::string describe(const ReviewChange& change) {
  return printable(change.where) + ": " + value_text(change.before) + " -> " + value_text(change.after);
}

}  // namespace tactful
