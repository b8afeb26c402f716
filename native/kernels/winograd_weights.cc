// winograd_weights.cc: the gradient of a convolution's kernel by Winograd's method (winograd.h).
//
//   grad_kernel = G^T [ sum over tiles (B^T d B) * (A dY A^T) ] G
//
// The sum over tiles, S, is one matrix product per frequency. Where S is small, chunks of blocks have sums of their own,
// a worker each, brought back by G^T [.] G and combined by a fixed binary tree. Where S is large there is one, and all
// workers sum in it block by block: each block's tiles are transformed once, and a worker has some of the frequencies.
#include "chunks.h"
#include "kernels.h"
#include "winograd_gradient.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kPartialFloats = 2 * 1024 * 1024;  // all partial sums together: 8 MiB, they should stay in L3
constexpr int64_t kSumsInL2 = 256 * 1024;            // floats of S: 1 MiB
constexpr int64_t kSlicedFloats = 2 * 1024 * 1024;   // of S where it is needed by slices only: 8 MiB, for the same reason

struct WeightsGradient {
  Tiling tiling;
  bool by_stages;
  int64_t chunks;      // by stages 1
  int64_t slices;      // of the rows of S: by stages, and with a single block, S is made and brought back slice by slice
  int64_t slice_rows;  // of S that are there at a time
  const float* input;
  ResultGradient gradient;
  float *grad_weights, *partials;
  float *v, *z, *s;  // per worker, by stages of all: [frequency][tile][plane tap and channel], [frequency][tile][column],
                     // [frequency][plane tap and channel][column]
};

// From one frequency to the next in S; the odd cache line as in Tiling.
int64_t sum_pitch(const WeightsGradient& plan) noexcept {
  return plan.slice_rows * plan.tiling.width + kLineFloats;
}

template <class F>
WeightsGradient plan_weights(const ConvProblem& problem, bool pooled, int threads, Workspace& memory) noexcept {
  WeightsGradient plan{};
  plan.tiling = make_tiling<F>(problem, false, pooled);
  Tiling& t = plan.tiling;
  const int64_t weights = F::kTapRows * F::kTapColumns * t.depth * t.columns;
  plan.by_stages = kernel_floats<F>(t) >= kLargeKernel;
  plan.chunks = plan.slices = 1;
  if (plan.by_stages) {
    cut_into_stages<F>(t);
    if (t.blocks() == 1) plan.slices = ceil_div(kernel_floats<F>(t), kSlicedFloats);
  } else {
    // S does not stay in L2: the more tiles of a block, the less often it is fetched, although V and Z leave L2 too.
    if (kernel_floats<F>(t) > kSumsInL2) cut_into_blocks(t, kMostTiles);
    plan.chunks = smaller(smaller(kItems, t.blocks()), larger(1, kPartialFloats / weights));
  }
  plan.slice_rows = ceil_div(t.depth, plan.slices);
  const int64_t rooms = plan.by_stages ? 1 : threads;
  plan.partials = memory.take<float>((plan.chunks - 1) * weights);
  plan.v = memory.take<float>(rooms * F::kFrequencies * t.source_pitch);
  plan.z = memory.take<float>(rooms * F::kFrequencies * t.result_pitch);
  plan.s = memory.take<float>(rooms * F::kFrequencies * sum_pitch(plan));
  return plan;
}

// Some rows of S, and the block of tiles that is added to them.
struct Summation {
  int64_t first_row, end_row;
  int64_t tiles;
  bool accumulate;
  const float *v, *z;
  float* s;
};

// S (+)= V^T Z for one frequency and one block of columns.
void multiply(const WeightsGradient& plan, const Summation& what, int64_t frequency, int64_t index) noexcept {
  const Tiling& t = plan.tiling;
  const float* source[kMaxTileRows];
  float* out[kMaxTileRows];
  const ColumnBlock block = column_block(t.columns, index);
  Run run{};
  Tile tile{};
  tile.source = source;
  tile.out = out;
  tile.runs = &run;
  tile.run_count = 1;
  tile.source_step = t.source_row;
  tile.panel = what.z + frequency * t.result_pitch + block.first;
  tile.panel_step = t.width;
  tile.columns = block.shape->width;
  const float* const v = what.v + frequency * t.source_pitch;
  float* const s = what.s + frequency * sum_pitch(plan) + block.first;
  const int64_t rows = what.end_row - what.first_row;
  const int64_t parts = ceil_div(rows, block.shape->rows), sums = ceil_div(what.tiles, kMostTiles);
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t begin = share(rows, part, parts), end = share(rows, part + 1, parts);
    for (int64_t row = begin; row < end; ++row) {
      source[row - begin] = v + what.first_row + row;
      out[row - begin] = s + row * t.width;
    }
    for (int64_t sum = 0; sum < sums; ++sum) {
      const int64_t first = share(what.tiles, sum, sums);
      run = {first * tile.source_step, first * tile.panel_step, share(what.tiles, sum + 1, sums) - first};
      tile.accumulate = what.accumulate || sum > 0;
      block.shape->run[end - begin - 1](tile);
    }
  }
}

// to[tap][channel][column] = G^T S G for one plane tap and channel; `s` is its row.
template <class F>
void transform_sums(const WeightsGradient& plan, int64_t row, const float* s, float* to) noexcept {
  constexpr int kTaps = F::kTapRows * F::kTapColumns;
  const Tiling& t = plan.tiling;
  const int64_t plane = row / t.channels, channel = row % t.channels, pitch = sum_pitch(plan);
  for (int64_t c = 0; c < t.columns; c += kLanes) {
    const int count = static_cast<int>(smaller(kLanes, t.columns - c));
    F::template apply<typename F::GradientOfKernel>(
        [&](int i, int j) noexcept { return load(s + c + (i * F::kColumns + j) * pitch); },
        [&](int i, int j, Vector value) noexcept {
          const int64_t tap = plane * kTaps + i * F::kTapColumns + j;
          float* const weight = to + (tap * t.channels + channel) * t.columns + c;
          count == kLanes ? store(weight, value) : store_part(weight, value, count);
        });
  }
}

// Chunks, each on a worker.
template <class F>
void run_chunks(const WeightsGradient& plan, ThreadPool& pool) noexcept {
  const Tiling& t = plan.tiling;
  const int64_t weights = F::kTapRows * F::kTapColumns * t.depth * t.columns;
  parallel_for(pool, plan.chunks, [&](int64_t chunk, int worker) noexcept {
    float* const v = plan.v + worker * F::kFrequencies * t.source_pitch;
    float* const z = plan.z + worker * F::kFrequencies * t.result_pitch;
    float* const s = plan.s + worker * F::kFrequencies * sum_pitch(plan);
    const int64_t first = share(t.blocks(), chunk, plan.chunks), end = share(t.blocks(), chunk + 1, plan.chunks);
    for (int64_t block = first; block < end; ++block) {
      const int64_t begin = block * t.block, count = smaller(t.block, t.tiles - begin);
      transform_source<F>(t, plan.input, begin, count, v);
      transform_gradient<F>(t, plan.gradient, begin, count, z);
      for (int frequency = 0; frequency < F::kFrequencies; ++frequency) {
        for (int64_t index = 0; index < column_block_count(t.columns); ++index) {
          multiply(plan, {0, t.depth, count, block > first, v, z, s}, frequency, index);
        }
      }
    }
    float* const to = chunk_sum(plan.grad_weights, plan.partials, chunk, weights);
    for (int64_t row = 0; row < t.depth; ++row) transform_sums<F>(plan, row, s + row * t.width, to);
  });
  combine_chunks(plan.grad_weights, plan.partials, plan.chunks, weights, pool);
}

// All workers on one block after the other, stage by stage.
template <class F>
void run_stages(const WeightsGradient& plan, ThreadPool& pool) noexcept {
  const Tiling& t = plan.tiling;
  const int64_t column_blocks = column_block_count(t.columns);
  for (int64_t begin = 0; begin < t.tiles; begin += t.block) {
    const int64_t count = smaller(t.block, t.tiles - begin);
    parallel_for(pool, count, [&](int64_t i, int) noexcept {
      transform_source<F>(t, plan.input, begin + i, 1, plan.v + i * t.source_row);
      transform_gradient<F>(t, plan.gradient, begin + i, 1, plan.z + i * t.width);
    });
    for (int64_t slice = 0; slice < plan.slices; ++slice) {
      const int64_t first = share(t.depth, slice, plan.slices), end = share(t.depth, slice + 1, plan.slices);
      parallel_for(pool, F::kFrequencies * column_blocks, [&](int64_t item, int) noexcept {
        multiply(plan, {first, end, count, begin > 0, plan.v, plan.z, plan.s}, item / column_blocks,
                 item % column_blocks);
      });
      if (begin + count < t.tiles) continue;
      parallel_for(pool, end - first, [&](int64_t row, int) noexcept {
        transform_sums<F>(plan, first + row, plan.s + row * t.width, plan.grad_weights);
      });
    }
  }
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
    plan.by_stages ? run_stages<F>(plan, pool) : run_chunks<F>(plan, pool);
  });
}

int64_t winograd_weights_workspace(const ConvProblem& problem, bool pooled, int threads) noexcept {
  Workspace memory(nullptr);
  with_form(problem.window, [&]<class F>() noexcept { plan_weights<F>(problem, pooled, threads, memory); });
  return memory.floats();
}

}  // namespace pellucid::PELLUCID_ISA
