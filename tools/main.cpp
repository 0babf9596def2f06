#include <csignal>

#include "cli.hpp"

int main(int argc, char** argv) {
  // A reader that goes away (tactful ... | head) ends the program quietly; see Output.
  std::signal(SIGPIPE, SIG_IGN);
  return tactful::tools::run(argc, argv);
}
