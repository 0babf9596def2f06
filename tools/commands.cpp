#include "command.hpp"

namespace tactful::tools {

std::vector<Command> all_commands() {
  return {demo_command(),      check_command(),          plan_command(),       simulate_command(), assign_command(),
          explain_command(),   diff_command(),           wordings_command(),   contact_command(),  due_command(),
          import_command(),    collect_command(),        quarantine_command(), compact_command(),  evaluate_command(),
          responses_command(), review_command(),         gate_command(),       override_command(), approve_command(),
          promote_command(),   stop_command(),           demote_command(),     ledger_command(),   forget_command(),
          purge_command(),     export_subject_command(), calc_command(),       hash_command(),     doctor_command()};
}

}  // namespace tactful::tools
