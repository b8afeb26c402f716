// thread_pool.cc: workers that spin for a moment, then sleep.
//
// `remaining` counts the items that nobody has claimed. Claiming is "decrement if positive": whoever succeeds owns an
// item of the job that is current, and that job cannot end before the item is done; so the job's fields may be read
// after the claim, and a worker that wakes up late finds nothing to claim and touches nothing.
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "denormals.h"
#include "parallel.h"

namespace pellucid {
namespace {

// Between two instructions of a program lie a few microseconds, between two batches rather a millisecond.
constexpr std::chrono::microseconds kSpinTime{80};
constexpr int kPausesPerClockRead = 32;

void pause_briefly() noexcept {
#if defined(__SSE2__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Polls `ready` for kSpinTime; says whether it became true.
template <class Ready>
bool spin_until(Ready ready) noexcept {
  const auto end = std::chrono::steady_clock::now() + kSpinTime;
  do {
    for (int i = 0; i < kPausesPerClockRead; ++i) {
      if (ready()) return true;
      pause_briefly();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// Threads started while this lives receive no signals: those belong to the application's own threads.
class BlockSignals {
 public:
  BlockSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockSignals(const BlockSignals&) = delete;
  BlockSignals& operator=(const BlockSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

struct ThreadPool::State {
  // The current job: written by the caller before `remaining` becomes positive.
  Body body = nullptr;
  void* context = nullptr;
  std::int64_t count = 0;

  alignas(128) std::atomic<std::int64_t> remaining{0};   // items not yet claimed
  alignas(128) std::atomic<std::int64_t> unfinished{0};  // items not yet done
  alignas(128) std::atomic<int> sleepers{0};
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<std::thread> workers;

  // The next item, or -1 when all are claimed.
  std::int64_t claim() noexcept {
    std::int64_t left = remaining.load(std::memory_order_relaxed);
    while (left > 0) {
      if (remaining.compare_exchange_weak(left, left - 1, std::memory_order_acquire, std::memory_order_relaxed)) {
        return count - left;
      }
    }
    return -1;
  }

  void work(int worker) noexcept {
    std::int64_t done = 0;
    for (std::int64_t item = claim(); item >= 0; item = claim()) {
      body(context, item, worker);
      ++done;
    }
    if (done > 0) unfinished.fetch_sub(done, std::memory_order_release);
  }

  bool has_news() const noexcept { return remaining.load() > 0 || stopping.load(); }

  // Either the caller sees this sleeper, or the sleeper sees the caller's new job: both sides write, then read.
  void sleep() {
    std::unique_lock lock(mutex);
    sleepers.fetch_add(1);
    wake.wait(lock, [this] { return has_news(); });
    sleepers.fetch_sub(1);
  }

  void wake_up(std::int64_t wanted) {
    const std::int64_t asleep = sleepers.load();
    if (asleep == 0) return;
    { std::lock_guard lock(mutex); }  // a worker between its last look and its wait holds the mutex
    if (wanted >= asleep) {
      wake.notify_all();
    } else {
      for (std::int64_t i = 0; i < wanted; ++i) wake.notify_one();
    }
  }

  void serve(int worker) {
    const FlushDenormals flush;
    while (true) {
      if (!spin_until([this] { return has_news(); })) sleep();
      if (stopping.load()) return;
      work(worker);
    }
  }

  void stop() {
    {
      std::lock_guard lock(mutex);
      stopping.store(true);
    }
    wake.notify_all();
    for (std::thread& thread : workers) thread.join();
    workers.clear();
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  const BlockSignals block;
  State* state = state_.get();
  try {
    for (int worker = 1; worker < threads; ++worker) {
      state->workers.emplace_back([state, worker] { state->serve(worker); });
    }
  } catch (...) {  // the system has no thread left to give
    state->stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { state_->stop(); }

int ThreadPool::threads() const noexcept { return static_cast<int>(state_->workers.size()) + 1; }

void ThreadPool::run(std::int64_t count, Body body, void* context) noexcept {
  State& state = *state_;
  if (count <= 1 || state.workers.empty()) {
    for (std::int64_t item = 0; item < count; ++item) body(context, item, 0);
    return;
  }
  state.body = body;
  state.context = context;
  state.count = count;
  state.unfinished.store(count, std::memory_order_relaxed);
  state.remaining.store(count);
  state.wake_up(count - 1);
  state.work(0);
  const auto done = [&state] { return state.unfinished.load(std::memory_order_acquire) == 0; };
  if (spin_until(done)) return;
  while (!done()) sched_yield();  // more threads than cores: let the others finish
}

}  // namespace pellucid
