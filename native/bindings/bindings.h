// bindings.h: the parts of the Python module pellucid._native; one file each.
#pragma once

#include <nanobind/nanobind.h>

namespace pellucid {

void bind_engine(nanobind::module_& module);   // threads, instruction set level, names of functions
void bind_program(nanobind::module_& module);  // Program

}  // namespace pellucid
