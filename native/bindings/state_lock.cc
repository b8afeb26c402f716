#include "state_lock.h"

#include "bindings.h"
#include "without_gil.h"

namespace nb = nanobind;

namespace pellucid {
namespace {

// Without the GIL while another thread holds the lock: that thread may need it to let go.
void acquire(StateLock& lock) {
  if (lock.try_lock()) return;
  const WithoutGil released;
  lock.lock();
}

}  // namespace

void bind_state_lock(nb::module_& module) {
  nb::class_<StateLock>(module, "StateLock", "Who may touch a state, and how often it has been written to.")
      .def(nb::init<>())
      .def("acquire", acquire,
           "Wait until no other thread holds the lock; a thread may hold it several times.")
      .def("release", &StateLock::unlock, "Let go, once for each time that it was acquired.")
      .def("count_write", &StateLock::count_write,
           "Say that the state has been written to, with the lock held.")
      .def_prop_ro("number", &StateLock::number, "Whoever takes several locks takes them in this order.");
}

}  // namespace pellucid
