#include <algorithm>
#include <tuple>

#include "unit_join.hpp"

namespace tactful {

/// Exposures of every unit that has several, by unit and time, each time once.
std::vector<UnitJoin::Moment> UnitJoin::moments_of(const JoinBuckets::Bucket& bucket) {
  std::vector<Moment> moments;
  const auto add = [this, &moments](UnitId unit, TimeMs at, bool is_counted) {
    const Slot* slot = find(unit);
    if (slot == nullptr || !slot->is_repeated || at < slot->at) return;
    moments.push_back({static_cast<std::size_t>(slot - slots_.data()), at, is_counted});
  };
  for (const JoinBuckets::ExposureRow& row : bucket.exposures) add(row.unit, row.at, true);
  for (const JoinBuckets::LeftOutRow& row : bucket.left_out) add(row.unit, row.at, false);
  for (const JoinBuckets::ElsewhereRow& row : bucket.elsewhere) add(row.unit, row.at, false);
  std::sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
    return std::tie(a.slot, a.at, b.is_counted) < std::tie(b.slot, b.at, a.is_counted);
  });
  const auto is_same = [](const Moment& a, const Moment& b) { return a.slot == b.slot && a.at == b.at; };
  moments.erase(std::unique(moments.begin(), moments.end(), is_same), moments.end());
  return moments;
}

std::vector<UnitJoin::OutcomeMoment> UnitJoin::outcomes_of(const JoinBuckets::Bucket& bucket) {
  std::vector<OutcomeMoment> outcomes;
  for (const JoinBuckets::OutcomeRow& row : bucket.outcomes) {
    const Slot* slot = find(row.unit);
    if (slot == nullptr || !slot->is_repeated || row.at < slot->at) continue;
    const auto index = static_cast<std::size_t>(slot - slots_.data());
    if (row.at < followed_until(index)) outcomes.push_back({index, row.at, row.value, row.kind});
  }
  std::sort(outcomes.begin(), outcomes.end(), [](const OutcomeMoment& a, const OutcomeMoment& b) {
    return std::tie(a.slot, a.at) < std::tie(b.slot, b.at);
  });
  return outcomes;
}

void UnitJoin::count_unit_reminders(std::span<const Moment> moments, std::span<const OutcomeMoment> outcomes,
                                    Accumulator& into) {
  const std::size_t index = moments.front().slot;
  const Slot& slot = slots_[index];
  std::size_t number = 0;
  std::size_t next_outcome = 0;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const TimeMs at = moments[i].at;
    std::uint64_t events = 0;
    for (; next_outcome < outcomes.size(); ++next_outcome) {
      const OutcomeMoment& outcome = outcomes[next_outcome];
      if (i + 1 < moments.size() && outcome.at >= moments[i + 1].at) break;
      for (const std::size_t m : plan_->kinds[static_cast<std::size_t>(outcome.kind)].metrics) {
        const MetricPlan& metric = plan_->metrics[m];
        if (outcome.at - at < metric.window_ms && outcome.value >= metric.minimum) events |= std::uint64_t{1} << m;
      }
    }
    if (!moments[i].is_counted) continue;
    const std::uint64_t closed =
        plan_->mature_metrics(day_index(at, plan_->experiment->utc_offset)) & ~cut_metrics(index, at);
    // The tally's own counts stand for the first exposure of every unit, as if it had no other.
    if (++number == 1) into.ages.take_back_first_exposure(slot.variant, closed, slot.events);
    into.ages.add_exposure(slot.variant, number, closed, events);
  }
}

void UnitJoin::count_reminders(const JoinBuckets::Bucket& bucket, Accumulator& into) {
  const std::vector<Moment> moments = moments_of(bucket);
  const std::vector<OutcomeMoment> outcomes = outcomes_of(bucket);
  std::size_t outcome = 0;
  for (std::size_t begin = 0; begin < moments.size();) {
    const std::size_t slot = moments[begin].slot;
    std::size_t end = begin;
    while (end < moments.size() && moments[end].slot == slot) ++end;
    while (outcome < outcomes.size() && outcomes[outcome].slot < slot) ++outcome;
    std::size_t outcome_end = outcome;
    while (outcome_end < outcomes.size() && outcomes[outcome_end].slot == slot) ++outcome_end;
    count_unit_reminders(std::span<const Moment>(moments.data() + begin, end - begin),
                         std::span<const OutcomeMoment>(outcomes.data() + outcome, outcome_end - outcome), into);
    outcome = outcome_end;
    begin = end;
  }
}

}  // namespace tactful
