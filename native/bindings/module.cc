#include "bindings.h"
#include "without_gil.h"

NB_MODULE(_native, module) {
  module.doc() = "The C++ engine: runs flat programs of float32 instructions (see pellucid.engines.native).";
  pellucid::bind_engine(module);
  pellucid::bind_state_lock(module);
  pellucid::bind_program(module);
  pellucid::WithoutGil::wait_at_exit();
}
