#include "tactful/core/finding_list.hpp"

#include <string>
#include <utility>

namespace tactful {

void FindingList::add(Diagnostic finding) {
  const bool first_error = finding.severity == Severity::kError && errors_ == 0;
  if (finding.severity == Severity::kError) ++errors_;
  if (list_.size() < kMost || first_error) {
    list_.push_back(std::move(finding));
  } else {
    ++left_out_;
  }
}

Diagnostics FindingList::take() && {
  if (left_out_ > 0) {
    list_.push_back({Severity::kNote, "more-findings", "", std::to_string(left_out_) + " more findings are not listed",
                     "mend these first"});
  }
  return std::move(list_);
}

}  // namespace tactful
