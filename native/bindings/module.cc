#include "bindings.h"
#include "without_gil.h"

NB_MODULE(_native, module) {
  // What lives until the interpreter ends need not be freed: nobody wants to hear of it.
  nanobind::set_leak_warnings(false);
  module.doc() = "The C++ engine: runs flat programs of float32 instructions (see pellucid.engines.native).";
  pellucid::bind_engine(module);
  pellucid::bind_state_lock(module);
  pellucid::bind_program(module);
  pellucid::WithoutGil::wait_at_exit();
}
