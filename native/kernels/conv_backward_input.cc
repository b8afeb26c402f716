// conv_backward_input.cc: grad_input[i] = sum over taps and output channels of grad_output[o] * weights, by the
// indirect driver (conv_indirect.h): one walk per phase of the stride, weights packed transposed with taps reversed.
#include "conv_depthwise.h"
#include "conv_indirect.h"
#include "kernels.h"

namespace pellucid::PELLUCID_ISA {
namespace {

struct BackwardInput {
  IndirectConv conv;
  float* panels;
};

BackwardInput plan_backward_input(const ConvProblem& problem, int threads, Workspace& workspace, bool fill) noexcept {
  BackwardInput plan{};
  IndirectConv& conv = plan.conv;
  conv.batch = problem.batch;
  conv.groups = problem.groups;
  conv.depth = problem.out_channels / problem.groups;
  conv.columns = problem.in_channels / problem.groups;
  for (int a = 0; a < kSpatial; ++a) {
    conv.source_size[a] = problem.window.output[a];
    conv.out_size[a] = problem.window.input[a];
    conv.kernel[a] = problem.window.kernel[a];
  }
  conv.walks = take_walks(problem.window, true, workspace, fill);
  conv.runs = workspace.take<Run>(threads * conv.taps());
  conv.packed = !is_depthwise(problem);
  if (conv.packed) plan.panels = workspace.take<float>(packed_floats(conv));
  return plan;
}

}  // namespace

void conv_backward_input(const ConvProblem& problem, const float* grad_output, const float* weights, float* grad_input,
                         float* workspace, ThreadPool& pool) noexcept {
  Workspace memory(workspace);
  BackwardInput plan = plan_backward_input(problem, pool.threads(), memory, true);
  IndirectConv& conv = plan.conv;
  cut_work(conv);
  conv.source = grad_output;
  conv.out = grad_input;
  if (is_depthwise(problem)) {
    conv.panel = weights + (conv.taps() - 1) * problem.in_channels;
    return run_depthwise(conv, -problem.in_channels, pool);
  }
  conv.panel = plan.panels;
  const int64_t OC = problem.out_channels;
  pack_panels(conv, plan.panels, pool, [&](int64_t tap, int64_t group, int64_t depth, int64_t channels,
                                           const ColumnBlock& block, float* panel) noexcept {
    const int64_t kernel_tap = conv.taps() - 1 - tap;  // walk_backward counts taps from the end on every axis
    const float* const from = weights + (kernel_tap * conv.columns + block.first) * OC + group * conv.depth + depth;
    pack_transposed(from, OC, channels, block.columns, block.shape->width, panel);
  });
  run_indirect(conv, pool);
}

std::int64_t conv_backward_input_workspace(const ConvProblem& problem, int threads) noexcept {
  Workspace memory(nullptr);
  plan_backward_input(problem, threads, memory, false);
  return memory.floats();
}

}  // namespace pellucid::PELLUCID_ISA
