// winograd_weights.cc: the gradient of a convolution's kernel by Winograd's method (winograd.h).
//
//   grad_kernel = G^T [ sum over tiles (B^T d B) * (A dY A^T) ] G
//
// The sum over tiles is one matrix product per frequency; G^T [.] G runs once per chunk of blocks. Chunks have sums of
// their own, combined by a fixed binary tree. Kernels too large for many chunks are split by input channels.
#include "chunks.h"
#include "kernels.h"
#include "winograd_gradient.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kLeastChannels = 4 * kLanes;   // of a split
constexpr int64_t kPartialFloats = 1024 * 1024;  // all partial sums together: 4 MiB, they should stay in L3

struct WeightsGradient {
  Tiling tiling;
  int64_t chunks, splits;
  const float* input;
  ResultGradient gradient;
  float *grad_weights, *partials;
  float *v, *z;  // per worker: [frequency][tile][plane tap and channel], [frequency][tile][column]
  float* s;      // per worker: [frequency][plane tap and channel][column], the sums
  int64_t v_room, z_room, s_room;  // of one worker
};

// The part of a tiling that has the channels of one split.
Tiling split_channels(Tiling t, int64_t split, int64_t splits) noexcept {
  const int64_t vectors = ceil_div(t.channels, kLanes);
  t.first_channel = kLanes * share(vectors, split, splits);
  t.end_channel = smaller(t.channels, kLanes * share(vectors, split + 1, splits));
  t.depth = t.planes * (t.end_channel - t.first_channel);
  t.source_pitch = t.block * t.depth + kLineFloats;
  return t;
}

// From one frequency to the next in the sums; the odd cache line as in Tiling.
int64_t sum_pitch(const Tiling& t) noexcept { return t.depth * t.width + kLineFloats; }

template <class F>
WeightsGradient plan_weights(const ConvProblem& problem, bool pooled, int threads, Workspace& memory) noexcept {
  WeightsGradient plan{};
  plan.tiling = make_tiling<F>(problem, false, pooled);
  const Tiling& t = plan.tiling;
  const int64_t weights = F::kTapRows * F::kTapColumns * t.depth * t.columns;
  plan.chunks = smaller(smaller(kItems, t.blocks()), larger(1, kPartialFloats / weights));
  // A split repeats the transforms of the gradient, so it must be wide enough to have more to do than that.
  plan.splits = smaller(ceil_div(t.channels, kLeastChannels), ceil_div(kItems, plan.chunks));
  const int64_t channels = kLanes * ceil_div(ceil_div(t.channels, kLanes), plan.splits), depth = t.planes * channels;
  plan.v_room = F::kFrequencies * (t.block * depth + kLineFloats);
  plan.z_room = F::kFrequencies * t.result_pitch;
  plan.s_room = F::kFrequencies * (depth * t.width + kLineFloats);
  plan.partials = memory.take<float>((plan.chunks - 1) * weights);
  plan.v = memory.take<float>(threads * plan.v_room);
  plan.z = memory.take<float>(threads * plan.z_room);
  plan.s = memory.take<float>(threads * plan.s_room);
  return plan;
}

// S (+)= V^T Z for every frequency.
template <class F>
void multiply(const Tiling& t, int64_t tiles, const float* v, const float* z, bool accumulate, float* s) noexcept {
  const float* source[kMaxTileRows];
  float* out[kMaxTileRows];
  const Run run{0, 0, tiles};
  Tile tile{};
  tile.source = source;
  tile.out = out;
  tile.runs = &run;
  tile.run_count = 1;
  tile.source_step = t.depth;
  tile.panel_step = t.width;
  tile.accumulate = accumulate;
  for (int frequency = 0; frequency < F::kFrequencies; ++frequency) {
    for (int64_t index = 0; index < column_block_count(t.columns); ++index) {
      const ColumnBlock block = column_block(t.columns, index);
      tile.panel = z + frequency * t.result_pitch + block.first;
      tile.columns = block.shape->width;
      const float* from = v + frequency * t.source_pitch;
      float* to = s + frequency * sum_pitch(t) + block.first;
      const int64_t parts = ceil_div(t.depth, block.shape->rows);
      for (int64_t part = 0, begin = 0; part < parts; ++part) {
        const int64_t end = share(t.depth, part + 1, parts);
        for (int64_t r = 0; r < end - begin; ++r, ++from, to += t.width) {
          source[r] = from;
          out[r] = to;
        }
        block.shape->run[end - begin - 1](tile);
        begin = end;
      }
    }
  }
}

// to[tap][channel][column] = G^T S G
template <class F>
void transform_sums(const Tiling& t, const float* s, float* to) noexcept {
  constexpr int kTaps = F::kTapRows * F::kTapColumns;
  const int64_t channels = t.end_channel - t.first_channel;
  for (int64_t row = 0; row < t.depth; ++row) {
    const int64_t plane = row / channels, channel = t.first_channel + row % channels;
    for (int64_t c = 0; c < t.columns; c += kLanes) {
      const int count = static_cast<int>(smaller(kLanes, t.columns - c));
      const float* const from = s + row * t.width + c;
      F::template apply<typename F::GradientOfKernel>(
          [&](int i, int j) noexcept { return load(from + (i * F::kColumns + j) * sum_pitch(t)); },
          [&](int i, int j, Vector value) noexcept {
            const int64_t tap = plane * kTaps + i * F::kTapColumns + j;
            float* const weight = to + (tap * t.channels + channel) * t.columns + c;
            count == kLanes ? store(weight, value) : store_part(weight, value, count);
          });
    }
  }
}

template <class F>
void run_weights(const WeightsGradient& plan, ThreadPool& pool) noexcept {
  const int64_t weights = F::kTapRows * F::kTapColumns * plan.tiling.depth * plan.tiling.columns;
  parallel_for(pool, plan.chunks * plan.splits, [&](int64_t item, int worker) noexcept {
    const int64_t chunk = item / plan.splits, blocks = plan.tiling.blocks();
    const Tiling t = split_channels(plan.tiling, item % plan.splits, plan.splits);
    float* const v = plan.v + worker * plan.v_room;
    float* const z = plan.z + worker * plan.z_room;
    float* const s = plan.s + worker * plan.s_room;
    const int64_t first = share(blocks, chunk, plan.chunks), end = share(blocks, chunk + 1, plan.chunks);
    for (int64_t block = first; block < end; ++block) {
      const int64_t begin = block * t.block, count = smaller(t.block, t.tiles - begin);
      transform_source<F>(t, plan.input, begin, count, v);
      transform_gradient<F>(t, plan.gradient, begin, count, z);
      multiply<F>(t, count, v, z, block > first, s);
    }
    transform_sums<F>(t, s, chunk_sum(plan.grad_weights, plan.partials, chunk, weights));
  });
  combine_chunks(plan.grad_weights, plan.partials, plan.chunks, weights, pool);
}

}  // namespace

void winograd_weights(const ConvProblem& problem, const float* input, const float* grad_output, const float* places,
                      float* grad_weights, float* workspace, ThreadPool& pool) noexcept {
  with_form(problem.window, [&]<class F>() noexcept {
    Workspace memory(workspace);
    WeightsGradient plan = plan_weights<F>(problem, places != nullptr, pool.threads(), memory);
    plan.input = input;
    plan.gradient = {grad_output, places};
    plan.grad_weights = grad_weights;
    run_weights<F>(plan, pool);
  });
}

int64_t winograd_weights_workspace(const ConvProblem& problem, bool pooled, int threads) noexcept {
  Workspace memory(nullptr);
  with_form(problem.window, [&]<class F>() noexcept { plan_weights<F>(problem, pooled, threads, memory); });
  return memory.floats();
}

}  // namespace pellucid::PELLUCID_ISA
