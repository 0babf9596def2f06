#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <utility>

#include "store_hooks.hpp"

namespace tactful::store_test {

enum class Blow { kFell, kNoSuchPoint, kFailed };

/// Runs `work` on the store in a process of its own that kills itself at its `point`th step, counted from 0 over
/// opening and working.
inline Blow killed_at(int point, const std::filesystem::path& file, const std::function<bool(Store&)>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    int left = point;
    StoreHooks hooks;
    hooks.at = [&left](std::string_view) {
      if (left-- == 0) ::kill(::getpid(), SIGKILL);
    };
    auto store = open_store(file, Store::Mode::kReadWrite, nullptr, hooks);
    ::_exit(store && work(**store) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return Blow::kFell;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? Blow::kNoSuchPoint : Blow::kFailed;
}

/// Kills `work` at each of its points, each time on a fresh copy of `original`, and lets `check` look at what is left.
/// Returns how many points there were.
inline int kill_at_every_point(const std::filesystem::path& original, const std::filesystem::path& copy,
                               const std::function<bool(Store&)>& work, const std::function<void()>& check) {
  for (int point = 0; point < 1'000; ++point) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(copy.string() + suffix);
    std::filesystem::copy_file(original, copy);
    const Blow blow = killed_at(point, copy, work);
    EXPECT_NE(blow, Blow::kFailed) << "point " << point;
    if (blow != Blow::kFell) return point;
    SCOPED_TRACE("killed at point " + std::to_string(point));
    check();
    if (testing::Test::HasFatalFailure()) return point;
  }
  return 1'000;
}

}  // namespace tactful::store_test
