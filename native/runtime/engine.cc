#include "engine.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace pellucid {
namespace {

int usable_cores() {
#if defined(__linux__)
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) == 0) return CPU_COUNT(&cores);
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

void check_threads(const std::string& what, long threads, const std::string& got) {
  if (threads >= 1 && threads <= kMaxThreads) return;
  throw std::invalid_argument(what + " must be a whole number from 1 to " + std::to_string(kMaxThreads) + ", got " +
                              got);
}

int default_threads() {
  const char* wanted = std::getenv("PELLUCID_THREADS");
  if (wanted == nullptr || *wanted == '\0') {
    const int cores = usable_cores();
    return cores < 1 ? 1 : (cores > kMaxThreads ? kMaxThreads : cores);
  }
  char* end = nullptr;
  const long threads = std::strtol(wanted, &end, 10);
  check_threads("environment variable PELLUCID_THREADS", *end == '\0' ? threads : 0,
                "'" + std::string(wanted) + "'");
  return static_cast<int>(threads);
}

}  // namespace

Engine& Engine::get() {
  static Engine engine;
  return engine;
}

Engine::Engine() {
  pthread_atfork([] { get().mutex_.lock(); }, [] { get().mutex_.unlock(); },
                 [] {
                   static_cast<void>(get().pool_.release());  // its threads stayed with the parent: nothing to join
                   get().mutex_.unlock();
                 });
}

Engine::~Engine() {
  const std::lock_guard lock(mutex_);  // a program may still be running on a daemon thread
  pool_.reset();
}

int Engine::current_threads() {
  if (threads_ == 0) threads_ = default_threads();
  return threads_;
}

ThreadPool& Engine::current_pool() {
  while (!pool_) {
    try {
      pool_ = std::make_unique<ThreadPool>(current_threads());
    } catch (const std::system_error&) {
      if (threads_ == 1) throw;
      threads_ /= 2;
    }
  }
  return *pool_;
}

int Engine::threads() {
  const std::lock_guard lock(mutex_);
  return current_threads();
}

void Engine::set_threads(int threads) {
  check_threads("the number of threads", threads, std::to_string(threads));
  const std::lock_guard lock(mutex_);
  if (pool_ && pool_->threads() != threads) pool_.reset();
  threads_ = threads;
}

double Engine::peak(MultiplyAdd multiply_add, double seconds) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  with_pool([&](ThreadPool& pool) {
    // Pieces of about a millisecond; the best of them, since others may use the machine as well.
    std::vector<float> kept(25 * static_cast<std::size_t>(pool.threads()));
    const Clock::time_point start = Clock::now();
    for (double end = 0; end < seconds;) {
      const double begin = std::chrono::duration<double>(Clock::now() - start).count();
      const double count =
          static_cast<double>(multiply_add(static_cast<std::int64_t>(kept.size()), kept.data(), pool));
      end = std::chrono::duration<double>(Clock::now() - start).count();
      best = std::max(best, count / (end - begin));
    }
  });
  return best;
}

}  // namespace pellucid
