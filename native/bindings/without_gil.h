// without_gil.h: releases the GIL for a long run, and lets the interpreter exit in peace.
//
// A daemon thread that asks for the GIL after the interpreter began to end is ended by unwinding its stack,
// which C++ turns into an abort (before Python 3.14). So at exit, runs under way are waited for, and no new
// one begins.
#pragma once

namespace pellucid {

class WithoutGil {
 public:
  WithoutGil();   // with the GIL
  ~WithoutGil();  // takes it again
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

  // Registers the end with Python's atexit; once, when the module is made.
  static void wait_at_exit();

 private:
  void* thread_state_;
};

}  // namespace pellucid
