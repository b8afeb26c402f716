// without_gil.h: releases the GIL for a long run, hears of Ctrl-C meanwhile, and lets the interpreter exit in peace.
//
// A daemon thread that asks for the GIL after the interpreter began to end is ended by unwinding its stack,
// which C++ turns into an abort (before Python 3.14). So at exit, runs under way are waited for, and no new
// one begins.
#pragma once

#include <chrono>

#include "parallel.h"

namespace pellucid {

// As long as it lives the GIL is released. Asked whether to stop, it looks now and then whether SIGINT has arrived,
// where this is Python's main thread; then call `answer_interruption` behind it.
class WithoutGil : public Stop {
 public:
  WithoutGil();   // with the GIL
  ~WithoutGil();  // takes it again
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

  bool is_asked_for() noexcept override;

  // Lets Python answer the SIGINT that was heard, with the GIL. Throws what it raises, usually KeyboardInterrupt; a
  // handler of the application's may do nothing.
  static void answer_interruption();

  // Registers the end with Python's atexit; once, when the module is made.
  static void wait_at_exit();

 private:
  using Clock = std::chrono::steady_clock;

  void* thread_state_;
  Clock::time_point next_look_{};  // none yet
};

}  // namespace pellucid
