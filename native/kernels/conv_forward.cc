// conv_forward.cc: output = relu?(convolution(input, weights) + bias?), by the indirect driver (conv_indirect.h).
#include "conv_depthwise.h"
#include "conv_indirect.h"
#include "kernels.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// Weights that serve fewer tiles than this are read where they are: packing would cost more than it saves.
constexpr int64_t kTilesPerPack = 32;

struct Forward {
  IndirectConv conv;
  float* panels;  // null: weights in place
};

bool in_place(const IndirectConv& conv) noexcept {
  if (!whole_vectors(conv.columns)) return false;
  const bool already_a_panel = conv.blocks() == 1;
  const int64_t rows = column_block(conv.columns, 0).shape->rows;
  return already_a_panel || conv.batch * conv.out_size[0] * conv.out_size[1] * conv.out_size[2] < kTilesPerPack * rows;
}

Forward plan_forward(const ConvProblem& problem, int threads, Workspace& workspace, bool fill) noexcept {
  Forward plan{};
  IndirectConv& conv = plan.conv;
  conv.batch = problem.batch;
  conv.groups = problem.groups;
  conv.depth = problem.in_channels / problem.groups;
  conv.columns = problem.out_channels / problem.groups;
  for (int a = 0; a < kSpatial; ++a) {
    conv.source_size[a] = problem.window.input[a];
    conv.out_size[a] = problem.window.output[a];
    conv.kernel[a] = problem.window.kernel[a];
  }
  conv.walks = take_walks(problem.window, false, workspace, fill);
  conv.runs = workspace.take<Run>(threads * conv.taps());
  conv.packed = !is_depthwise(problem) && !in_place(conv);
  if (conv.packed) plan.panels = workspace.take<float>(packed_floats(conv));
  return plan;
}

}  // namespace

void conv_forward(const ConvProblem& problem, const float* input, const float* weights, const float* bias, bool relu,
                  float* output, float* workspace, ThreadPool& pool) noexcept {
  Workspace memory(workspace);
  Forward plan = plan_forward(problem, pool.threads(), memory, true);
  IndirectConv& conv = plan.conv;
  cut_work(conv);
  conv.source = input;
  conv.bias = bias;
  conv.relu = relu;
  conv.out = output;
  conv.panel = conv.packed ? plan.panels : weights;
  if (is_depthwise(problem)) return run_depthwise(conv, problem.in_channels, pool);
  if (conv.packed) {
    const int64_t OC = problem.out_channels;
    pack_panels(conv, plan.panels, pool, [&](int64_t tap, int64_t group, int64_t depth, int64_t channels,
                                             const ColumnBlock& block, float* panel) noexcept {
      const float* const from = weights + (tap * conv.depth + depth) * OC + group * conv.columns + block.first;
      pack_rows(from, OC, channels, block.columns, block.shape->width, panel);
    });
  }
  run_indirect(conv, pool);
}

std::int64_t conv_forward_workspace(const ConvProblem& problem, int threads) noexcept {
  Workspace memory(nullptr);
  plan_forward(problem, threads, memory, false);
  return memory.floats();
}

const char* conv_forward_variant(const ConvProblem& problem) noexcept {
  if (is_depthwise(problem)) return "depthwise";
  return column_block(problem.out_channels / problem.groups, 0).shape->name;
}

}  // namespace pellucid::PELLUCID_ISA
