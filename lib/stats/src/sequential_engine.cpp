#include "sequential_engine.hpp"

#include <algorithm>
#include <cmath>

#include "quadrature.hpp"
#include "support.hpp"
#include "tactful/stats/normal.hpp"

namespace tactful::stats {
namespace {

// What lies farther out than this many standard deviations is below 1e-19 and left out.
constexpr double kReach = 9.0;
// Kernels are cut where they fall below 1e-17 of their peak.
constexpr double kKernelReach = 8.9;
// Width of a panel of 16 nodes in standard deviations of the kernel: quadrature error below 1e-12.
constexpr double kPanelWidth = 3.5;
constexpr int kMaxPanels = 4'000;
constexpr double kInvSqrtTwoPi = 0.39894228040143267794;

}  // namespace

SequentialWalk::SequentialWalk(std::span<const double> information, double drift)
    : information_(information.begin(), information.end()), drift_(drift) {}

double SequentialWalk::exit(double z, bool upper) const {
  const double t = information_[look_];
  if (look_ == 0) {
    const double centred = z - drift_ * std::sqrt(t);
    return normal_upper_tail(upper ? centred : -centred);
  }
  const double step = t - information_[look_ - 1];
  const double sd = std::sqrt(step);
  const double target = z * std::sqrt(t) - drift_ * step;
  if (std::isinf(target)) return (target > 0.0) == upper ? 0.0 : 1.0;
  double sum = 0.0;
  for (std::size_t i = 0; i < node_.size(); ++i) {
    const double distance = (target - node_[i]) / sd;
    sum += mass_[i] * normal_upper_tail(upper ? distance : -distance);
  }
  return sum;
}

double SequentialWalk::upper_exit(double z) const { return exit(z, true); }
double SequentialWalk::lower_exit(double z) const { return exit(z, false); }

double SequentialWalk::density(double y) const {
  const double t = information_[look_];
  if (look_ == 0) {
    const double sd = std::sqrt(t);
    return normal_pdf((y - drift_ * t) / sd) / sd;
  }
  const double step = t - information_[look_ - 1];
  const double sd = std::sqrt(step);
  const double centre = y - drift_ * step;
  const auto begin = std::lower_bound(node_.begin(), node_.end(), centre - kKernelReach * sd);
  const auto end = std::upper_bound(begin, node_.end(), centre + kKernelReach * sd);
  const double scale = -0.5 / step;
  double sum = 0.0;
  for (auto i = static_cast<std::size_t>(begin - node_.begin()); i < static_cast<std::size_t>(end - node_.begin());
       ++i) {
    const double distance = centre - node_[i];
    sum += mass_[i] * std::exp(scale * distance * distance);
  }
  return sum * kInvSqrtTwoPi / sd;
}

void SequentialWalk::advance(double lower, double upper) {
  if (look_ + 1 >= information_.size()) return;
  const double t = information_[look_];
  const double root = std::sqrt(t);
  const double mean = drift_ * t;
  const double low = std::max(lower * root, mean - kReach * root);
  const double high = std::min(upper * root, mean + kReach * root);
  std::vector<double> node;
  std::vector<double> mass;
  if (high > low) {
    const double before = look_ == 0 ? t : t - information_[look_ - 1];
    const double after = information_[look_ + 1] - t;
    const double width = kPanelWidth * std::sqrt(std::min(before, after));
    const int panels = std::clamp(static_cast<int>(std::ceil((high - low) / width)), 1, kMaxPanels);
    const GaussRule& rule = gauss_rule();
    const double half = 0.5 * (high - low) / panels;
    for (int panel = 0; panel < panels; ++panel) {
      const double middle = low + (2 * panel + 1) * half;
      for (std::size_t i = 0; i < kGaussNodes; ++i) {
        node.push_back(middle + half * rule.node[i]);
        mass.push_back(half * rule.weight[i] * density(node.back()));
      }
    }
  }
  node_ = std::move(node);
  mass_ = std::move(mass);
  ++look_;
}

}  // namespace tactful::stats
