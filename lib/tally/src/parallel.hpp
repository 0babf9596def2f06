#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace tactful {

/// Runs work(item, worker) for every item in [0, items) on up to `workers` threads, the caller's among them; worker <
/// workers. `work` must not throw.
template <typename Work>
void run_parallel(std::size_t items, std::size_t workers, const Work& work) {
  workers = std::max<std::size_t>(1, std::min(workers, items));
  std::atomic<std::size_t> next{0};
  const auto loop = [&](std::size_t worker) {
    for (std::size_t item = next.fetch_add(1); item < items; item = next.fetch_add(1)) work(item, worker);
  };
  std::vector<std::thread> threads;
  for (std::size_t worker = 1; worker < workers; ++worker) threads.emplace_back(loop, worker);
  loop(0);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace tactful
