#include <filesystem>
#include <iostream>

#include "tactful/sender/sender.hpp"

// Opens a sender on an empty catalogue: an unknown experiment must give control, with the reason.
int main() {
  const auto folder = std::filesystem::temp_directory_path() / "tactful-embedder";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "experiments");
  const tactful::SystemClock clock;
  const auto key = tactful::Pseudonymizer::from_key({1, 2, 3}, "reminders");
  if (!key) return 1;
  const auto sender = tactful::Sender::open(folder / "experiments", folder / "journals", *key, clock);
  if (!sender) {
    std::cerr << tactful::describe(sender.error()) << '\n';
    return 1;
  }
  const auto decision = (*sender)->decide("none", {"u1", {}, {}}, clock.now_ms());
  std::cout << decision.variant << ' ' << decision.reason << '\n';
  return decision.variant == "control" && !decision.enrolled ? 0 : 1;
}
