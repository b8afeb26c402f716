// engine.h: what all programs of a process share: the threads, and the turn to use them.
#pragma once

#include <memory>
#include <mutex>

#include "kernel_table.h"

namespace pellucid {

class Engine {
 public:
  static Engine& get();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Initially the environment variable PELLUCID_THREADS, else the number of cores that this process may use.
  // Both throw std::invalid_argument if the number, or the variable, is not in [1, kMaxThreads].
  int threads();
  void set_threads(int threads);

  // Multiply-additions per second of all threads together by that kernel, such as Kernels::multiply_add;
  // measured for that long.
  using MultiplyAdd = decltype(Kernels::multiply_add);
  double peak(MultiplyAdd multiply_add, double seconds);

  // Calls use(pool) while nobody else has the pool. Threads start on the first call and again after a fork; fewer than
  // were asked for where the system has no more to give.
  template <class Use>
  void with_pool(Use use) {
    const std::lock_guard lock(mutex_);
    use(current_pool());
  }

 private:
  Engine();
  ~Engine();
  int current_threads();
  ThreadPool& current_pool();

  // Guards the rest. Held across fork(), so that the child finds nothing half done: fork() waits until the
  // program that is running has ended.
  std::mutex mutex_;
  int threads_ = 0;  // 0: not asked for yet
  std::unique_ptr<ThreadPool> pool_;
};

}  // namespace pellucid
