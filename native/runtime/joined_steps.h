// joined_steps.h: neighbouring steps of a chain that are taken as one, so that what lies between them is not stored.
#pragma once

#include <vector>

#include "elementwise.h"

namespace pellucid {

// Joins each step with the one that alone reads it, where there is a function for both and nothing else wants the
// value; the registers of what is kept, `first_step` on, are numbered anew.
void join_steps(std::vector<ElementwiseStep>& steps, std::int32_t first_step, std::vector<std::int32_t>& outputs,
                std::vector<std::int32_t>& sums);

}  // namespace pellucid
