// thread_pool.cc: workers that spin for a moment, then sleep.
//
// Each worker has a share of the items, the same for jobs of the same size, so that what it wrote in one job it finds
// in its own cache in the next. Whoever has done his share helps others with theirs; after a short one he waits a moment
// while its owner is at work: what he takes has to come from the other's cache, and goes back in the next job, where its
// owner is late then, and loses it again (docs/decisions/0022).
//
// A share counts the items that nobody has claimed. Claiming is "decrement if positive": whoever succeeds owns an item
// of the job that is current, and that job cannot end before the item is done; so the job's fields may be read after
// the claim, and a worker that wakes up late finds nothing to claim and touches nothing.
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
constexpr std::chrono::microseconds kShortShare{50}, kPatience{5};  // where lines between caches are what counts
constexpr int kPausesPerLook = 2;

void pause_briefly() noexcept {
#if defined(__SSE2__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Polls `ready` for `time`; says whether it became true.
template <class Ready>
bool spin_until(Ready ready, std::chrono::microseconds time, int pauses_per_clock_read) noexcept {
  const auto end = std::chrono::steady_clock::now() + time;
  do {
    for (int i = 0; i < pauses_per_clock_read; ++i) {
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
  struct alignas(128) Share {
    std::atomic<std::int64_t> unclaimed{0};
  };

  explicit State(int threads) : shares(static_cast<std::size_t>(threads)) {}

  // The current job: written by the caller before any share has items.
  Body body = nullptr;
  void* context = nullptr;
  std::int64_t count = 0;
  Order order = Order::kFirstFirst;

  Stop* listener = nullptr;           // says whether to go on
  std::atomic<bool> given_up{false};  // the items that are left are passed over

  std::vector<Share> shares;                             // one per worker
  alignas(128) std::atomic<std::uint64_t> jobs{0};       // handed out so far
  alignas(128) std::atomic<std::int64_t> unfinished{0};  // items not yet done
  alignas(128) std::atomic<int> sleepers{0};
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<std::thread> workers;

  // The first item of a share; that of the share behind the last is the number of items.
  std::int64_t first_item(std::size_t share) const noexcept {
    const auto parts = static_cast<std::int64_t>(shares.size()), number = static_cast<std::int64_t>(share);
    return count / parts * number + count % parts * number / parts;
  }

  void hand_out() noexcept {
    unfinished.store(count, std::memory_order_relaxed);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      shares[i].unclaimed.store(first_item(i + 1) - first_item(i), std::memory_order_release);
    }
    jobs.fetch_add(1);
  }

  // How many items of a share were left before one was claimed; 0 if none was.
  static std::int64_t claim(Share& share) noexcept {
    std::int64_t left = share.unclaimed.load(std::memory_order_relaxed);
    while (left > 0) {
      if (share.unclaimed.compare_exchange_weak(left, left - 1, std::memory_order_acquire, std::memory_order_relaxed)) {
        return left;
      }
    }
    return 0;
  }

  // Whether an item is to be passed over. Asked only where somebody listens: short runs have many small items.
  bool is_given_up(int worker) noexcept {
    if (worker == 0 && listener->is_asked_for()) given_up.store(true, std::memory_order_relaxed);
    return given_up.load(std::memory_order_relaxed);
  }

  // Whether the owner of a share has begun with it, and not ended.
  bool is_in_work(std::size_t share) const noexcept {
    const std::int64_t left = shares[share].unclaimed.load(std::memory_order_relaxed);
    return left > 0 && left < first_item(share + 1) - first_item(share);
  }
  bool is_any_in_work() const noexcept {
    for (std::size_t share = 0; share < shares.size(); ++share) {
      if (is_in_work(share)) return true;
    }
    return false;
  }

  // The items of a share that nobody else claims; how many they were.
  std::int64_t work_on(std::size_t share, int worker) noexcept {
    std::int64_t done = 0;
    while (const std::int64_t left = claim(shares[share])) {
      ++done;
      if (listener != nullptr && is_given_up(worker)) continue;
      body(context, order == Order::kFirstFirst ? first_item(share + 1) - left : first_item(share) + left - 1, worker);
    }
    return done;
  }

  void work(int worker) noexcept {
    const auto own = static_cast<std::size_t>(worker);
    const auto start = std::chrono::steady_clock::now();
    std::int64_t done = work_on(own, worker);
    const bool is_short = std::chrono::steady_clock::now() - start < kShortShare;
    if (done > 0 && is_short) spin_until([this] { return !is_any_in_work(); }, kPatience, kPausesPerLook);
    for (std::size_t i = 1; i < shares.size(); ++i) done += work_on((own + i) % shares.size(), worker);
    if (done > 0) unfinished.fetch_sub(done, std::memory_order_release);
  }

  bool has_news(std::uint64_t seen) const noexcept { return jobs.load() != seen || stopping.load(); }

  // Either the caller sees this sleeper, or the sleeper sees the caller's new job: both sides write, then read.
  void sleep(std::uint64_t seen) {
    std::unique_lock lock(mutex);
    sleepers.fetch_add(1);
    wake.wait(lock, [this, seen] { return has_news(seen); });
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
    std::uint64_t seen = 0;  // jobs
    while (true) {
      if (!spin_until([this, seen] { return has_news(seen); }, kSpinTime, kPausesPerClockRead)) sleep(seen);
      if (stopping.load()) return;
      seen = jobs.load();
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

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>(threads)) {
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

void ThreadPool::listen_to(Stop* stop) noexcept {
  state_->listener = stop;
  state_->given_up.store(false, std::memory_order_relaxed);
}

bool ThreadPool::is_stopped() const noexcept { return state_->given_up.load(std::memory_order_relaxed); }

int ThreadPool::threads() const noexcept { return static_cast<int>(state_->workers.size()) + 1; }

void ThreadPool::run(std::int64_t count, Order order, Body body, void* context) noexcept {
  State& state = *state_;
  if (count <= 1 || state.workers.empty()) {
    for (std::int64_t i = 0; i < count; ++i) {
      if (state.listener != nullptr && state.is_given_up(0)) return;
      body(context, order == Order::kFirstFirst ? i : count - 1 - i, 0);
    }
    return;
  }
  state.body = body;
  state.context = context;
  state.count = count;
  state.order = order;
  state.hand_out();
  state.wake_up(count - 1);
  state.work(0);
  const auto done = [&state] { return state.unfinished.load(std::memory_order_acquire) == 0; };
  if (spin_until(done, kSpinTime, kPausesPerClockRead)) return;
  while (!done()) sched_yield();  // more threads than cores: let the others finish
}

}  // namespace pellucid
