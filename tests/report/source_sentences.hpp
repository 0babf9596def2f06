#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

/// What the sources that write a scorecard's sentences say: their string literals.
namespace tactful::test {

inline constexpr std::array kSources = {"lib/decision/src/check_data.cpp",
                                        "lib/decision/src/check_identity.cpp",
                                        "lib/decision/src/check_parts.cpp",
                                        "lib/decision/src/check_sample_ratio.cpp",
                                        "lib/decision/src/check_segments.cpp",
                                        "lib/decision/src/time_course.cpp",
                                        "lib/decision/src/arm_shares.cpp",
                                        "lib/decision/src/comparison.cpp",
                                        "lib/decision/src/evidence.cpp",
                                        "lib/decision/src/harm_words.cpp",
                                        "lib/decision/src/phases.cpp",
                                        "lib/decision/src/look_data.cpp",
                                        "lib/decision/src/evaluate.cpp",
                                        "lib/decision/src/stopped_variants.cpp",
                                        "lib/decision/src/metric_results.cpp",
                                        "lib/decision/src/outlook.cpp",
                                        "lib/decision/src/recommend.cpp",
                                        "lib/decision/src/summary.cpp",
                                        "lib/decision/src/words.cpp",
                                        "lib/report/src/metric_text.cpp",
                                        "lib/report/src/page.hpp",
                                        "lib/report/src/render_markdown.cpp",
                                        "lib/report/src/render_parts.cpp",
                                        "lib/report/src/render_table.cpp",
                                        "lib/report/src/view.cpp",
                                        "lib/report/src/view_breakdowns.cpp",
                                        "lib/report/src/view_courses.cpp",
                                        "lib/report/src/view_harm.cpp",
                                        "lib/report/src/view_metrics.cpp"};

/// What the same sources say in errors, which are English.
inline constexpr std::array kErrors = {
    "the tally does not know how things stood when",
    "tally the events again with the stops that the ledger tells of",
    "the check fingerprint cannot be waived in the pilot:",
    "of other versions are in the data, whose looks and levels are spent",
    "undo the edit, or run the edited version as an experiment of its own",
    "the ledger tells of no phase",
    "it tells of",
    "the tally is of phase",
    "or of another version, not of",
    "tally the phase again with this experiment file",
    "the tally does not know how things stood at the look of",
    "tally the events again with the times of the looks that were taken",
    "the looks of the tally have other variants or metrics than the experiment",
    "tally the data again with this version of the experiment file",
    "the tally is of experiment",
    ", not of ",
    "the tally was made with another version of the experiment",
    "the tally has other variants or metrics than the experiment",
    "there is no check",
    "did you mean",
    "lists the checks",
    "the data were imported, and nobody says how units were randomised",
    "without random assignment a difference between variants says nothing about the wording",
    "if chance decided who got which wording",
    "if people, dates or rules decided, this is no experiment",
    "no variant of experiment",
    "has a unit",
    "check the names of the variants and the dates of the pilot against the data",
    "everyone gets",
    "in phase",
    "so there is nothing to compare it with",
    "a promotion with a holdback can be watched"};

/// The literals of C++ source that hold two words or more, neighbours joined, comments and includes left out; what
/// stands before and after them on a page (marks, line ends) is cut off.
inline std::vector<std::string> sentences_in(const std::string& source) {
  std::vector<std::string> found;
  std::string open;
  bool is_open = false;
  const auto close = [&] {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const bool has_two_words = std::adjacent_find(open.begin(), open.end(), [&](char a, char b) {
                                 return a == ' ' && is_letter(b);
                               }) != open.end();
    const auto words = std::count(open.begin(), open.end(), ' ');
    if (is_open && has_two_words && words >= 1) found.push_back(open);
    open.clear();
    is_open = false;
  };
  for (std::size_t i = 0; i < source.size(); ++i) {
    const char c = source[i];
    if (c == '/' && i + 1 < source.size() && source[i + 1] == '/') {
      i = std::min(source.find('\n', i), source.size());
    } else if (c == '#') {
      i = std::min(source.find('\n', i), source.size());
    } else if (c == '\'' && i > 0 && source[i - 1] >= '0' && source[i - 1] <= '9') {
      continue;  // between the digits of a number
    } else if (c == '\'') {
      i = source.find('\'', i + (source[i + 1] == '\\' ? 3 : 2));
      close();
    } else if (c == '"') {
      is_open = true;
      for (++i; source[i] != '"'; ++i) {
        if (source[i] == '\\') ++i;
        open += source[i];
      }
    } else if (c != ' ' && c != '\n') {
      close();
    }
  }
  return found;
}

/// Sentences joined by "; " by themselves, those of two words or more.
inline std::vector<std::string> parted(const std::vector<std::string>& sentences) {
  std::vector<std::string> parts;
  for (std::string rest : sentences) {
    while (!rest.empty()) {
      const std::size_t end = rest.find("; ");
      std::string part = rest.substr(0, end);
      rest.erase(0, end == std::string::npos ? end : end + 2);
      const std::size_t begin = part.find_first_not_of(' ');
      if (begin != std::string::npos && part.find(' ', begin) < part.find_last_not_of(' ')) parts.push_back(part);
    }
  }
  return parts;
}

/// The text between the slots of a phrase.
inline std::vector<std::string> fixed_pieces(std::string text) {
  std::vector<std::string> pieces;
  for (std::size_t at; (at = text.find('{')) != std::string::npos; text.erase(0, text.find('}') + 1))
    pieces.push_back(text.substr(0, at));
  pieces.push_back(text);
  return pieces;
}

/// The names of a phrase's slots, sorted.
inline std::vector<std::string> slots_of(std::string text) {
  std::vector<std::string> slots;
  for (std::size_t at; (at = text.find('{')) != std::string::npos; text.erase(0, text.find('}') + 1))
    slots.push_back(text.substr(at + 1, text.find('}') - at - 1));
  std::sort(slots.begin(), slots.end());
  return slots;
}

}  // namespace tactful::test
