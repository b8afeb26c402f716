// state_lock.h: who may touch an array that outlives a run, and how often it has been written to.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace pellucid {

// Belongs to one state: weights, say, or what an optimiser remembers. Whoever reads or writes the numbers holds the
// lock; whoever has written counts the version before letting go. So a run that starts later sees both or neither.
class StateLock {
 public:
  StateLock() : number_(next_number()) {}
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

  bool try_lock() { return mutex_.try_lock(); }
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

  // Whoever takes several locks takes them in the order of their numbers, so that nobody waits in a circle.
  std::uint64_t number() const noexcept { return number_; }

  // Both with the lock held.
  std::uint64_t version() const noexcept { return version_; }
  void count_write() noexcept { ++version_; }

 private:
  static std::uint64_t next_number() {
    static std::atomic<std::uint64_t> count{0};
    return count++;
  }

  std::recursive_mutex mutex_;
  const std::uint64_t number_;
  std::uint64_t version_ = 1;
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
