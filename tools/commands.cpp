#include "command.hpp"

namespace tactful::tools {

std::vector<Command> all_commands() {
  return {demo_command(),    check_command(),    plan_command(),     simulate_command(), assign_command(),  explain_command(), diff_command(), import_command(),
          collect_command(), evaluate_command(), approve_command(),  promote_command(), stop_command(),
          ledger_command(),  calc_command(),     hash_command(),     doctor_command()};
}

}  // namespace tactful::tools
