// bindings.h: the parts of the Python module pellucid._native; one file each.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>

#include "isa.h"

namespace pellucid {

void bind_engine(nanobind::module_& module);   // threads, instruction set level, names of functions
void bind_program(nanobind::module_& module);  // Program
void bind_state_lock(nanobind::module_& module);

// The table of a level; of the one in use where none is named. Throws as kernels_of.
inline const Kernels& kernels_or_default(const std::optional<std::string>& isa) {
  return isa ? kernels_of(*isa) : default_kernels();
}

}  // namespace pellucid
