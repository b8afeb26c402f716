// state_lock.cc: locks that a forked child can go on with.
//
// std::recursive_mutex does not serve: it knows its holder by a number that the system gives to the thread,
// which is another one in the child, so there the holder could neither take it again nor let go.
#include "state_lock.h"

#include <pthread.h>

#include <new>

namespace pellucid {

// All locks of the process, so that a child finds those that it must free.
class StateLock::Registry {
 public:
  static Registry& get() {
    static Registry registry;
    return registry;
  }

  void add(StateLock& lock) {
    const std::lock_guard guard(mutex_);
    lock.number_ = count_++;
    lock.next_ = first_;
    if (first_ != nullptr) first_->previous_ = &lock;
    first_ = &lock;
  }

  void remove(StateLock& lock) {
    const std::lock_guard guard(mutex_);
    (lock.previous_ != nullptr ? lock.previous_->next_ : first_) = lock.next_;
    if (lock.next_ != nullptr) lock.next_->previous_ = lock.previous_;
  }

 private:
  Registry() {
    pthread_atfork([] { get().mutex_.lock(); }, [] { get().mutex_.unlock(); },
                   [] { get().go_on_in_child(); });
  }

  void go_on_in_child() noexcept {
    for (StateLock* lock = first_; lock != nullptr; lock = lock->next_) {
      if (!lock->is_mine()) lock->free_in_child();
    }
    mutex_.unlock();
  }

  std::mutex mutex_;  // guards the rest; held across fork(), so that the child finds no list half linked
  std::uint64_t count_ = 0;
  StateLock* first_ = nullptr;
};

StateLock::StateLock() { Registry::get().add(*this); }

StateLock::~StateLock() { Registry::get().remove(*this); }

bool StateLock::try_lock() {
  if (!is_mine() && (waiting_.load(std::memory_order_relaxed) > 0 || !mutex_.try_lock())) return false;
  note_holder();
  return true;
}

// Whoever comes while another waits stands behind it: a thread that lets go and comes again at once would
// else always be faster than the one that must wake up, and training would stand still beside a reader.
void StateLock::lock() {
  if (try_lock()) return;
  {
    const std::lock_guard turn(turn_);
    ++waiting_;
    mutex_.lock();
    --waiting_;
  }
  note_holder();
}

void StateLock::note_holder() noexcept {
  holder_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  ++times_;
}

// Whoever does not hold it has nothing to let go of.
void StateLock::unlock() {
  if (!is_mine() || --times_ > 0) return;
  holder_.store({}, std::memory_order_relaxed);
  mutex_.unlock();
}

// A mutex cannot be unlocked for a thread that is gone, and it may have been half taken: so another takes its
// place. The write is counted because the holder may have had no time to: what was kept from the numbers is
// made again.
void StateLock::free_in_child() noexcept {
  new (&mutex_) std::mutex;
  new (&turn_) std::mutex;
  waiting_.store(0, std::memory_order_relaxed);
  holder_.store({}, std::memory_order_relaxed);
  times_ = 0;
  count_write();
}

}  // namespace pellucid
