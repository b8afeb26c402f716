// conv_forward.cc: output = bounds(convolution(input, weights) + bias?), by Winograd's method (winograd.h) where that
// is cheaper and allowed, else by the indirect driver (conv_indirect.h).
#include "conv_depthwise.h"
#include "conv_indirect.h"
#include "kernels.h"
#include "winograd.h"

namespace pellucid::PELLUCID_ISA {

void conv_forward(const ConvProblem& problem, const float* input, const float* weights, const float* bias,
                  Bounds bounds, float* output, float* workspace, ThreadPool& pool) noexcept {
  if (uses_winograd(problem, Pass::kForward)) {
    winograd_convolution(problem, false, input, weights, {bias, bounds, false, output, nullptr}, workspace, pool);
    return;
  }
  Workspace memory(workspace);
  IndirectConv conv = plan_indirect(problem, false, pool.threads(), memory);
  set_operands(conv, problem, input, weights, pool);
  conv.bias = bias;
  conv.bounds = bounds;
  conv.out = output;
  is_depthwise(problem) ? run_depthwise(conv, pool) : run_indirect(conv, pool);
}

std::int64_t conv_forward_workspace(const ConvProblem& problem, int threads) noexcept {
  if (uses_winograd(problem, Pass::kForward)) return winograd_convolution_workspace(problem, false, false, threads);
  Workspace memory(nullptr);
  plan_indirect(problem, false, threads, memory);
  return memory.floats();
}

std::int64_t conv_packed_floats(const ConvProblem& problem) noexcept {
  if (uses_winograd(problem, Pass::kForward)) return winograd_packed_floats(problem);
  if (is_depthwise(problem)) return 0;
  Workspace memory(nullptr);
  const IndirectConv conv = plan_indirect(problem, false, 1, memory);
  if (conv.packed) return conv.blocks() * conv.depth_blocks() * conv.panel_room();
  return conv.word == Word::kPair ? conv.weight_pairing.words() : 0;
}

void conv_pack(const ConvProblem& problem, const float* weights, float* packed, float* workspace,
               ThreadPool& pool) noexcept {
  if (uses_winograd(problem, Pass::kForward)) {
    winograd_pack(problem, weights, packed, pool);
    return;
  }
  Workspace memory(workspace);
  IndirectConv conv = plan_indirect(problem, false, pool.threads(), memory);
  if (conv.packed) {
    set_weights(conv, weights, pool);
    pack_panels(conv, packed, pool);
  } else {
    make_pairs(weights, conv.weight_pairing, packed, pool);
  }
}

const char* conv_forward_variant(const ConvProblem& problem) noexcept {
  if (uses_winograd(problem, Pass::kForward)) return winograd_name(problem, Pass::kForward);
  return direct_name(problem, false);
}

}  // namespace pellucid::PELLUCID_ISA
