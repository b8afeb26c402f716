// state_lock.h: who may touch an array that outlives a run, and how often it has been written to.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace pellucid {

// Belongs to one state: weights, say, or what an optimiser remembers. Whoever reads or writes the numbers
// holds the lock; whoever writes counts the version before letting go. So a run that starts later sees both
// or neither. A thread may hold the lock several times. Those who wait get it in turn.
//
// A child made by fork() has only the thread that forked. What that thread holds it still holds there. All
// other locks are free in the child, also those whose holders stayed with the parent, since nobody would ever
// let go of them. No program is in the middle of a run when the process forks (see `Engine`), so what
// programs write is whole in the child. What somebody was just copying in from Python may be there in part.
class StateLock {
 public:
  StateLock();
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

  bool try_lock();
  void lock();
  void unlock();

  // Whoever takes several locks takes them in the order of their numbers, so that nobody waits in a circle.
  std::uint64_t number() const noexcept { return number_; }

  // Both with the lock held.
  std::uint64_t version() const noexcept { return version_; }
  void count_write() noexcept { ++version_; }

 private:
  class Registry;

  bool is_mine() const noexcept {
    return holder_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  void note_holder() noexcept;
  void free_in_child() noexcept;

  std::mutex mutex_;
  std::mutex turn_;  // held by the one who is next, while it waits
  std::atomic<int> waiting_{0};
  std::atomic<std::thread::id> holder_{};  // a thread finds itself here only if it wrote that: needs no order
  int times_ = 0;                          // that the holder holds it
  std::uint64_t version_ = 1;
  std::uint64_t number_ = 0;
  StateLock *previous_ = nullptr, *next_ = nullptr;  // in the registry
};

// The state at one of the external arrays of a program.
struct BoundState {
  StateLock* lock;
  std::size_t external;
};

// Holds several locks.
class HeldStates {
 public:
  explicit HeldStates(const std::vector<BoundState>& in_order_of_numbers) : states_(in_order_of_numbers) {
    for (const BoundState& state : states_) state.lock->lock();
  }
  ~HeldStates() {
    for (const BoundState& state : states_) state.lock->unlock();
  }
  HeldStates(const HeldStates&) = delete;
  HeldStates& operator=(const HeldStates&) = delete;

 private:
  const std::vector<BoundState>& states_;
};

}  // namespace pellucid
