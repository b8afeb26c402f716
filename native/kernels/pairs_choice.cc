// pairs_choice.cc: which convolutions and matrix products are computed in pairs of bfloat16 where that is asked for.
#include "conv_depthwise.h"
#include "kernels.h"
#include "pairs.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kLeastDepth = 4;   // sums as short as this: half a step is wasted where they are odd
constexpr int64_t kLeastUses = 16;   // of each element, to repay its conversion

}  // namespace

const char* bfloat16_obstacle(const ConvProblem& problem, Pass pass) noexcept {
  const int64_t* const kernel = problem.window.kernel;
  const int64_t taps = kernel[0] * kernel[1] * kernel[2];
  const int64_t IC = problem.in_channels / problem.groups, OC = problem.out_channels / problem.groups;
  if (is_depthwise(problem)) return "one channel per filter leaves nothing to pair in bfloat16";
  if (pass == Pass::kWeights) {
    if (problem.batch < 2) return "bfloat16 pairs images, and there is one";
    return taps * smaller(IC, OC) < kLeastUses ? "too few channels for bfloat16" : nullptr;
  }
  const int64_t depth = pass == Pass::kForward ? IC : OC, columns = pass == Pass::kForward ? OC : IC;
  return depth < kLeastDepth || taps * columns < kLeastUses ? "too few channels for bfloat16" : nullptr;
}

bool uses_pairs(const ConvProblem& problem, Pass pass) noexcept {
  return kHasPairs && problem.bfloat16 && bfloat16_obstacle(problem, pass) == nullptr;
}

bool uses_pairs(const MatmulProblem& problem) noexcept {
  return kHasPairs && problem.bfloat16 && problem.k >= kLeastDepth && smaller(problem.m, problem.n) >= kLeastUses;
}

std::int64_t multiply_add_bfloat16(std::int64_t items, float* output, ThreadPool& pool) noexcept {
  if constexpr (kHasPairs) return multiply_pairs(items, output, pool);
  return 0;
}

}  // namespace pellucid::PELLUCID_ISA
