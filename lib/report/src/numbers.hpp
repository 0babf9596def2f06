#pragma once

#include <cstdint>
#include <string>

namespace tactful::report {

/// Numbers for people: no locale, ASCII only, so that columns line up on every terminal.

/// `1,234,567`.
[[nodiscard]] std::string count_text(std::int64_t value);
/// Fixed decimals; a zero never carries a minus. Infinities and NaN give "-".
[[nodiscard]] std::string fixed_text(double value, int decimals);
/// As fixed_text() with a plus before what is positive.
[[nodiscard]] std::string signed_text(double value, int decimals);
/// `0.0312`, `0.482`, `<0.0001`, `>0.999`.
[[nodiscard]] std::string p_text(double p);
/// A level or share as a percentage without needless zeros: 0.95 -> `95 %`, 0.975 -> `97.5 %`.
[[nodiscard]] std::string percent_text(double share);
/// The shortest text that reads back to the same double; empty for what is not finite.
[[nodiscard]] std::string exact_text(double value);
/// Decimals that show a half width with two significant digits, within [least, 4].
[[nodiscard]] int decimals_for(double half_width, int least);

}  // namespace tactful::report
