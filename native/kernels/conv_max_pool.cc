// conv_max_pool.cc: max_pool(bounds(convolution(input, weights) + bias?)) in one go, so that the convolution's result,
// four times as large as what is kept of it, never travels to memory.
//
// By Winograd's method the windows are taken from the tile while it is in registers. Direct convolutions compute one
// sample after the other into memory of the worker, and pool it there while it is in L2. Where samples are too large
// for that, or too few to keep the workers busy, the whole convolution is computed first.
#include "conv_depthwise.h"
#include "conv_indirect.h"
#include "kernels.h"
#include "winograd.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kSampleFloats = 160 * 1024;  // 640 KiB: most of a usual L2
constexpr int64_t kLeastSamples = 8;

enum class Way { kTiles, kSamples, kWhole };

int64_t sample_floats(const int64_t (&size)[kSpatial], int64_t channels) noexcept {
  return size[0] * size[1] * size[2] * channels;
}

Way way_of(const ConvProblem& problem, const PoolProblem& pooling) noexcept {
  const bool is_winograd = uses_winograd(problem, Pass::kForward);
  if (is_winograd && can_pool_winograd(problem, pooling)) return Way::kTiles;
  const bool fits = sample_floats(problem.window.output, problem.out_channels) <= kSampleFloats;
  if (is_winograd || is_depthwise(problem) || problem.batch < kLeastSamples || !fits) return Way::kWhole;
  return Way::kSamples;
}

struct Sampled {
  IndirectConv conv;
  float* results;  // per worker: of one sample
};

Sampled plan_samples(const ConvProblem& problem, int threads, Workspace& memory) noexcept {
  Sampled plan{};
  plan.conv = plan_indirect(problem, false, threads, memory);
  plan.results = memory.take<float>(threads * sample_floats(problem.window.output, problem.out_channels));
  plan.conv.parts = 1;  // an item is a sample
  return plan;
}

// The first sample, all of it.
Item whole_sample(const IndirectConv& conv, int worker) noexcept {
  Item item{};
  for (int a = 0; a < kSpatial; ++a) item.walk[a] = conv.walks.axis[a];
  item.images = 1;
  item.end_block = conv.blocks();
  item.runs = conv.runs + worker * conv.taps();
  item.panel = conv.panels + worker * conv.panel_room();
  return item;
}

void pool_samples(const Sampled& plan, const PoolProblem& pooling, float* output, float* places,
                  ThreadPool& pool) noexcept {
  const int64_t source_floats = sample_floats(plan.conv.source_size, plan.conv.source_channels());
  const int64_t result_floats = sample_floats(plan.conv.out_size, plan.conv.out_channels());
  const int64_t output_floats = sample_floats(pooling.window.output, pooling.channels);
  parallel_for(pool, plan.conv.batch, [&](int64_t sample, int worker) noexcept {
    IndirectConv conv = plan.conv;
    conv.source += sample * source_floats;
    conv.out = plan.results + worker * result_floats;
    const Item item = whole_sample(conv, worker);
    for (int64_t block = 0; block < item.end_block; ++block) run_block(conv, item, block);
    max_pool_sample(pooling, conv.out, output + sample * output_floats,
                    places == nullptr ? nullptr : places + sample * output_floats);
  });
}

}  // namespace

void conv_max_pool(const ConvProblem& problem, const PoolProblem& pooling, const float* input, const float* weights,
                   const float* bias, Bounds bounds, float* output, float* places, float* workspace,
                   ThreadPool& pool) noexcept {
  const Way way = way_of(problem, pooling);
  if (way == Way::kTiles) {
    winograd_convolution(problem, false, input, weights, {bias, bounds, true, output, places}, workspace, pool);
    return;
  }
  Workspace memory(workspace);
  if (way == Way::kSamples) {
    Sampled plan = plan_samples(problem, pool.threads(), memory);
    set_operands(plan.conv, problem, input, weights, pool);
    plan.conv.bias = bias;
    plan.conv.bounds = bounds;
    pool_samples(plan, pooling, output, places, pool);
    return;
  }
  float* const results = memory.take<float>(problem.batch * sample_floats(problem.window.output, problem.out_channels));
  float* const rest = memory.take<float>(0);
  conv_forward(problem, input, weights, bias, bounds, results, rest, pool);
  if (places == nullptr) {
    max_pool(pooling, results, output, pool);
  } else {
    max_pool_places(pooling, results, output, places, pool);
  }
}

std::int64_t conv_max_pool_workspace(const ConvProblem& problem, const PoolProblem& pooling, int threads) noexcept {
  const Way way = way_of(problem, pooling);
  if (way == Way::kTiles) return winograd_convolution_workspace(problem, false, true, threads);
  Workspace memory(nullptr);
  if (way == Way::kSamples) {
    plan_samples(problem, threads, memory);
    return memory.floats();
  }
  memory.take<float>(problem.batch * sample_floats(problem.window.output, problem.out_channels));
  memory.take<float>(conv_forward_workspace(problem, threads));
  return memory.floats();
}

const char* conv_max_pool_variant(const ConvProblem& problem, const PoolProblem& pooling) noexcept {
  switch (way_of(problem, pooling)) {
    case Way::kTiles:
      return winograd_name(problem, Pass::kForward);
    case Way::kSamples:
      return direct_name(problem, false);
    default:
      return conv_forward_variant(problem);
  }
}

}  // namespace pellucid::PELLUCID_ISA
