// conv_forward.cc: output = relu?(convolution(input, weights) + bias?), by the indirect driver (conv_indirect.h).
#include "conv_depthwise.h"
#include "conv_indirect.h"
#include "kernels.h"

namespace pellucid::PELLUCID_ISA {

void conv_forward(const ConvProblem& problem, const float* input, const float* weights, const float* bias, bool relu,
                  float* output, float* workspace, ThreadPool& pool) noexcept {
  Workspace memory(workspace);
  IndirectConv conv = plan_indirect(problem, false, pool.threads(), memory);
  conv.source = input;
  conv.weights.data = weights;
  conv.bias = bias;
  conv.relu = relu;
  conv.out = output;
  is_depthwise(problem) ? run_depthwise(conv, pool) : run_indirect(conv, pool);
}

std::int64_t conv_forward_workspace(const ConvProblem& problem, int threads) noexcept {
  Workspace memory(nullptr);
  plan_indirect(problem, false, threads, memory);
  return memory.floats();
}

const char* conv_forward_variant(const ConvProblem& problem) noexcept {
  if (is_depthwise(problem)) return "depthwise";
  const int64_t columns = problem.out_channels / problem.groups, depth = problem.in_channels / problem.groups;
  return (uses_dot(columns, depth) ? dot_shape(columns, depth) : *column_block(columns, 0).shape).name;
}

}  // namespace pellucid::PELLUCID_ISA
