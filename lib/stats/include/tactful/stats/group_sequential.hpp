#pragma once

#include <optional>
#include <span>
#include <vector>

#include "tactful/core/interval.hpp"
#include "tactful/core/probability.hpp"
#include "tactful/core/result.hpp"

/// Group-sequential designs with alpha spending (Lan & DeMets 1983; Jennison & Turnbull 2000, ch. 7 and 19). At look k
/// Z_k ~ N(drift sqrt(t_k), 1) with correlation sqrt(t_i / t_j). Thread-safety: pure functions.
namespace tactful::stats {

/// Cumulative level spent at information fraction t, per side, a = alpha / sides.
struct Spending {
  enum class Family {
    kObrienFleming,    ///< 2 - 2 Phi(z_{a/2} / sqrt t).
    kPocock,           ///< a ln(1 + (e - 1) t).
    kPower,            ///< a t^parameter, parameter > 0.
    kHwangShihDeCani,  ///< a (1 - e^(-g t)) / (1 - e^(-g)), g = parameter; 0 is linear.
  };
  Family family = Family::kObrienFleming;
  double parameter = 1.0;  ///< For kPower and kHwangShihDeCani.
};

/// Level spent up to t (capped at 1) out of `alpha` (one side).
[[nodiscard]] double spent_alpha(const Spending& spending, double alpha, double t) noexcept;

struct SequentialPlan {
  std::vector<double> spending_times;  ///< Strictly increasing, positive; past 1 spends no more.
  std::vector<double> information;     ///< Fractions for the covariance; empty: the spending times.
  Level alpha;                         ///< Total over both sides.
  int sides = 1;                       ///< 1 (upper) or 2 (symmetric).
  Spending spending;
};

struct SequentialBounds {
  std::vector<double> z;                 ///< Upper bound per look; infinite where nothing is spent.
  std::vector<double> nominal_p;         ///< sides times the upper tail at z.
  std::vector<double> cumulative_alpha;  ///< Total over both sides.
};

/// Bounds by numerical integration, accurate to about 1e-8 in z also with close or uneven looks.
/// Errors: kInvalidArgument (no looks, times not positive or not increasing, lengths differ, sides, parameter).
[[nodiscard]] Result<SequentialBounds> sequential_bounds(const SequentialPlan& plan);

struct ExitProbabilities {
  std::vector<double> upper;  ///< First crossing at each look.
  std::vector<double> lower;
  std::vector<double> cumulative_upper;
  double power = 0.0;                 ///< Sum of upper.
  double expected_information = 0.0;  ///< E[t at the stop], the last look otherwise.
};

/// For given bounds: exit at Z >= upper[k] or Z <= lower[k] (-infinity: no lower bound).
/// Errors: kInvalidArgument.
[[nodiscard]] Result<ExitProbabilities> exit_probabilities(std::span<const double> information,
                                                           std::span<const double> upper, std::span<const double> lower,
                                                           double drift);

struct SequentialDesign {
  std::vector<double> z;
  double drift = 0.0;             ///< At t = 1, for the power asked for.
  double fixed_drift = 0.0;       ///< z_a + z_{1-power}.
  double inflation_factor = 1.0;  ///< Largest sample over that of the fixed design.
  double asn_ratio_h0 = 1.0;      ///< Expected sample over that of the fixed design.
  double asn_ratio_h1 = 1.0;
};

/// Errors: as sequential_bounds; kInvalidArgument unless power > alpha / sides.
[[nodiscard]] Result<SequentialDesign> sequential_design(const SequentialPlan& plan, Level power);

struct SequentialAnalysis {
  double boundary = 0.0;  ///< At this stage; may be infinite.
  bool crossed = false;
  double estimate = 0.0;  ///< z se.
  std::optional<Interval>
      repeated_interval;             ///< Level 1 - 2 alpha, valid whether or not one stopped; nothing when infinite.
  std::optional<double> repeated_p;  ///< Smallest alpha of the family that stops here; nothing below 1e-12 or past 0.8.
  double stagewise_p = 1.0;
  double median_unbiased_estimate = 0.0;
  Interval stagewise_interval;  ///< Level 1 - 2 alpha, stage-wise ordering.
};

/// Analysis at look `stage` (1-based) of a one-sided plan. The stage-wise quantities hold when the trial stops here.
/// Errors: kInvalidArgument (stage, sides other than 1, z or se not finite, se <= 0).
[[nodiscard]] Result<SequentialAnalysis> sequential_analysis(const SequentialPlan& plan, int stage, double z,
                                                             double se);

/// The repeated p-value alone: smallest one-sided alpha whose bound at `stage` is at most z; clamped to [1e-12, 1].
[[nodiscard]] Result<double> repeated_p_value(const SequentialPlan& plan, int stage, double z);

/// Classic bounds z_k = c (k/K)^(delta - 1/2) of equal looks: Pocock delta 0.5, O'Brien-Fleming 0, Wang-Tsiatis
/// between.
struct ClassicBounds {
  double c = 0.0;
  std::vector<double> z;
};
[[nodiscard]] Result<ClassicBounds> classic_bounds(int looks, Level alpha, int sides, double delta);

/// Non-binding futility by beta spending, at the drift where both last bounds meet; one-sided.
struct FutilityDesign {
  std::vector<double> efficacy_z;
  std::vector<double> futility_z;
  double drift = 0.0;
  double inflation_factor = 1.0;
  double power = 0.0;
  double type1_if_binding = 0.0;
  std::vector<double> futility_stop_h0;  ///< P(stop for futility at each look | no effect).
};
[[nodiscard]] Result<FutilityDesign> futility_design(const SequentialPlan& plan, Level beta,
                                                     const Spending& beta_spending);

/// Chance to cross at a later look given z now, at the drift (per sqrt information) assumed for the rest; last look
/// only counts through `final_bound`. z at information t in (0, 1).
[[nodiscard]] double conditional_power(double z, double t, double final_bound, double drift) noexcept;

}  // namespace tactful::stats
