#include "without_gil.h"

#include <nanobind/nanobind.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace nb = nanobind;

namespace pellucid {
namespace {

std::atomic<int> runs_under_way{0};
std::atomic<bool> is_closed{false};

void close() {
  is_closed.store(true);
  const nb::gil_scoped_release release;  // a run needs the GIL to end
  while (runs_under_way.load() > 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
}

}  // namespace

WithoutGil::WithoutGil() {
  if (is_closed.load()) {
    PyEval_SaveThread();
    while (true) pause();  // as the interpreter would do with this thread
  }
  runs_under_way.fetch_add(1);
  thread_state_ = PyEval_SaveThread();
}

WithoutGil::~WithoutGil() {
  PyEval_RestoreThread(static_cast<PyThreadState*>(thread_state_));
  runs_under_way.fetch_sub(1);
}

void WithoutGil::wait_at_exit() {
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(close));
  // They go on in the parent, not in the child.
  pthread_atfork(nullptr, nullptr, [] { runs_under_way.store(0); });
}

}  // namespace pellucid
