// isa.h: the instruction set levels that this build contains and this machine can run.
#pragma once

#include <string>
#include <vector>

#include "kernel_table.h"

namespace pellucid {

// Best first; never empty.
const std::vector<const Kernels*>& available_kernels();

// The table of a level; throws std::invalid_argument, naming the choices, if this machine cannot run it.
const Kernels& kernels_of(const std::string& isa);

// Whether the level, on this machine, runs problems that ask for bfloat16.
bool multiplies_bfloat16(const Kernels& kernels);

// The level in the environment variable PELLUCID_ISA, else the best one. Throws as kernels_of.
const Kernels& default_kernels();

}  // namespace pellucid
