#pragma once

#include "tactful/core/result.hpp"

namespace tactful::tools {

/// What the program says to a script when it ends. Stable; docs/reference/cli.md.
enum ExitCode : int {
  kDone = 0,              ///< It did what was asked.
  kRuntime = 1,           ///< A named thing is missing, contradicts what is recorded, or a rule forbids the act.
  kUsage = 2,             ///< The command line is wrong.
  kBadExperiment = 3,     ///< An experiment, wording or ledger breaks its contract.
  kDataCannotAnswer = 4,  ///< The data given is broken or too little; no number was made up.
  kStorageFailed = 5,     ///< Disk, file or database failed, is busy, or is of a newer release.
  // What `gate` says; promote is kDone. No other command ends with these.
  kGateContinue = 10,
  kGateStop = 11,
  kGateInvalid = 12,
  kGateEndWithoutWinner = 13,
};

/// The one exit code of an error code.
[[nodiscard]] constexpr int exit_code_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return kUsage;
    case ErrorCode::kInvalidInput:
    case ErrorCode::kInsufficientData:
      return kDataCannotAnswer;
    case ErrorCode::kInvalidExperiment:
      return kBadExperiment;
    case ErrorCode::kNotFound:
    case ErrorCode::kConflict:
    case ErrorCode::kRefused:
      return kRuntime;
    case ErrorCode::kStorage:
    case ErrorCode::kUnsupportedVersion:
    case ErrorCode::kUnavailable:
      return kStorageFailed;
  }
  return kRuntime;
}

}  // namespace tactful::tools
