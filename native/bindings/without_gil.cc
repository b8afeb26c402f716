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

constexpr std::chrono::milliseconds kBetweenLooks{50};

std::atomic<int> runs_under_way{0};
pthread_t main_thread;  // Python's, which alone may hear of signals
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

bool WithoutGil::is_asked_for() noexcept {
  const Clock::time_point now = Clock::now();
  if (now < next_look_) return false;
  const bool is_first = next_look_ == Clock::time_point{};
  next_look_ = now + kBetweenLooks;
  if (is_first || pthread_equal(pthread_self(), main_thread) == 0) return false;
  PyEval_RestoreThread(static_cast<PyThreadState*>(thread_state_));
  const bool has_arrived = PyOS_InterruptOccurred() != 0;
  thread_state_ = PyEval_SaveThread();
  return has_arrived;
}

void WithoutGil::answer_interruption() {
  PyErr_SetInterrupt();  // looking has taken it away
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void WithoutGil::wait_at_exit() {
  const nb::object ident = nb::module_::import_("threading").attr("main_thread")().attr("ident");
  main_thread = static_cast<pthread_t>(nb::cast<unsigned long>(ident));
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(close));
  // They go on in the parent, not in the child.
  pthread_atfork(nullptr, nullptr, [] { runs_under_way.store(0); });
}

}  // namespace pellucid
