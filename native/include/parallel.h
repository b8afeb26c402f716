// parallel.h: the one way in which kernels use several cores.
//
// A kernel cuts its work into `count` items by looking at shapes only, never at the number of threads. Which
// worker runs which item is open; so an item writes to memory of its own, and sums that cross items are combined
// afterwards in the order of the items. That is what makes results equal to the bit for any number of threads.
#pragma once

#include <cstdint>
#include <memory>

namespace pellucid {

inline constexpr int kMaxThreads = 256;

// In which order a worker takes the items of his share.
enum class Order { kFirstFirst, kLastFirst };

// Who may want the work to be given up.
class Stop {
 public:
  virtual bool is_asked_for() noexcept = 0;  // called by the thread that runs the jobs, before each of its items

 protected:
  ~Stop() = default;
};

class ThreadPool {
 public:
  explicit ThreadPool(int threads);  // workers besides the caller: threads - 1; 1 <= threads <= kMaxThreads
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const noexcept;

  using Body = void (*)(void* context, std::int64_t item, int worker) noexcept;
  // Runs body(context, item, worker) for every item in [0, count); returns when all are done.
  // 0 <= worker < threads(); no two items run at once under the same worker index.
  void run(std::int64_t count, Order order, Body body, void* context) noexcept;

  // From now on `stop` is asked; null: nobody. Once it wants so, items are passed over, those of later jobs too, until
  // somebody else is to be asked.
  void listen_to(Stop* stop) noexcept;
  bool is_stopped() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// parallel_for(pool, count, [&](std::int64_t item, int worker) noexcept { ... });
template <class F>
void parallel_for(ThreadPool& pool, std::int64_t count, Order order, F&& body) noexcept {
  using Function = std::remove_reference_t<F>;
  pool.run(
      count, order,
      [](void* context, std::int64_t item, int worker) noexcept { (*static_cast<Function*>(context))(item, worker); },
      const_cast<void*>(static_cast<const void*>(&body)));
}
template <class F>
void parallel_for(ThreadPool& pool, std::int64_t count, F&& body) noexcept {
  parallel_for(pool, count, Order::kFirstFirst, body);
}

}  // namespace pellucid
