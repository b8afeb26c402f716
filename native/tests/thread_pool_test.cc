// thread_pool_test.cc: every item runs once, under a worker index that nobody else has at the time.
//
// tests/native/test_thread_pool.py builds it with ThreadSanitizer and runs it. The pauses let workers fall asleep, or
// catch them on the way there.
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "parallel.h"

namespace {

// Plain, unguarded writes: a race is an error that ThreadSanitizer reports.
bool runs_each_item_once(pellucid::ThreadPool& pool, std::int64_t count, pellucid::Order order) {
  std::vector<int> runs(static_cast<std::size_t>(count), 0);
  std::vector<int> items_of_worker(static_cast<std::size_t>(pool.threads()), 0);
  pellucid::parallel_for(pool, count, order, [&](std::int64_t item, int worker) noexcept {
    runs[static_cast<std::size_t>(item)] += 1;
    items_of_worker[static_cast<std::size_t>(worker)] += 1;
  });
  std::int64_t total = 0;
  for (int items : items_of_worker) total += items;
  for (int times : runs) {
    if (times != 1) return false;
  }
  return total == count;
}

void pause_sometimes(int round) {
  if (round % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(3));
  if (round % 100 == 0) std::this_thread::sleep_for(std::chrono::microseconds(80));
}

}  // namespace

int main() {
  for (int threads : {1, 2, 3, 7}) {
    pellucid::ThreadPool pool(threads);
    for (int round = 0; round < 1500; ++round) {
      const auto order = round % 2 == 0 ? pellucid::Order::kFirstFirst : pellucid::Order::kLastFirst;
      if (!runs_each_item_once(pool, round % 37, order)) {
        std::printf("%d threads, round %d: an item ran twice or never\n", threads, round);
        return 1;
      }
      pause_sometimes(round);
    }
  }
}
