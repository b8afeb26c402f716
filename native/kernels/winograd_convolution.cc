// winograd_convolution.cc: convolution forward, and its input's gradient, by Winograd's method (winograd.h).
//
// The gradient of the input is a convolution of the gradient of the output with the kernel turned around and its
// channels exchanged.
#include "kernels.h"
#include "parallel.h"
#include "winograd.h"
#include "winograd_kernels.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {
namespace {

struct Convolution {
  Tiling tiling;
  bool backward;
  bool by_stages;  // see run_stages
  const ConvProblem* problem;
  const float *source, *weights;
  WinogradResult result;
  float* u;      // see transform_kernels; null: it comes as the weights
  float *v, *m;  // per worker, by stages of all: [frequency][tile][plane tap and channel], [frequency][tile][column]
};

// All workers on one block, stage by stage, rather than each on a block of its own: where the transformed kernel is so
// large that fetching it from L3 for each block takes longer than fetching what another worker wrote. By stages a worker
// needs but its share of the frequencies, and a block may have more tiles. What is written of a small image is fetched
// soon, and its few blocks leave little time to hide the fetching of a kernel, so there smaller kernels go by stages too.
// Where workers have blocks of their own, such an image is cut into smaller ones, so that there are equally many for each.
template <class F>
void choose_order(Convolution& conv) noexcept {
  constexpr int64_t kFewBlocks = 4, kFewTiles = 24, kSomeTiles = 100;
  Tiling& t = conv.tiling;
  const int64_t smaller_by = t.tiles <= kFewTiles ? 8 : t.tiles <= kSomeTiles ? 2 : 1;
  conv.by_stages = kernel_floats<F>(t) >= kLargeKernel / smaller_by;
  if (conv.by_stages) {
    cut_into_stages<F>(t);
  } else if (t.blocks() < kFewBlocks) {
    cut_into_blocks(t, ceil_div(t.tiles, kFewBlocks), 1);
  }
}

template <class F>
Convolution plan_convolution(const ConvProblem& problem, bool backward, bool pooled, int threads,
                             Workspace& memory) noexcept {
  Convolution conv{};
  conv.tiling = make_tiling<F>(problem, backward, pooled);
  conv.backward = backward;
  conv.problem = &problem;
  choose_order<F>(conv);
  if (!problem.packed) conv.u = memory.take<float>(kernel_floats<F>(conv.tiling));
  const int64_t rooms = conv.by_stages ? 1 : threads;
  conv.v = memory.take<float>(rooms * F::kFrequencies * conv.tiling.source_pitch);
  conv.m = memory.take<float>(rooms * F::kFrequencies * conv.tiling.result_pitch);
  return conv;
}

// put(row, column, value) for a vector of columns of one tile, transformed back, with bias and bounds.
template <class F, class Put>
inline void transform_columns(const Tiling& t, const float* m, Vector bias, Bounds bounds, const Put& put) noexcept {
  F::template apply<typename F::Output>(
      [&](int i, int j) noexcept { return load(m + (i * F::kColumns + j) * t.result_pitch); },
      [&](int i, int j, Vector value) noexcept {
        value += bias;
        value = value < bounds.low ? broadcast(bounds.low) : value;  // NaN stays
        put(i, j, value > bounds.high ? broadcast(bounds.high) : value);
      });
}

// Some columns of one result pixel after the other.
struct PixelStore {
  float* to;
  int64_t row_step, column_step;
  int count;  // columns, at most kLanes

  void operator()(int i, int j, Vector value) const noexcept {
    float* const pixel = to + i * row_step + j * column_step;
    count == kLanes ? store(pixel, value) : store_part(pixel, value, count);
  }
};

// The maxima of the windows of a tile, and their places.
template <class F>
inline void pool_tile(const Vector (&values)[F::kOutRows][F::kOutColumns], int64_t rows, int64_t columns,
                      const PixelStore& largest, const PixelStore& places) noexcept {
  constexpr int kRows = F::kOutRows > 1 ? 2 : 1;  // of a window
  for (int i = 0; i + kRows <= F::kOutRows; i += kRows) {
    for (int j = 0; j + 2 <= F::kOutColumns; j += 2) {
      if (i / kRows >= rows || j / 2 >= columns) continue;
      Vector value = values[i][j], place{};
      for (int tap = 1; tap < 2 * kRows; ++tap) {
        const Vector other = values[i + tap / 2][j + tap % 2];
        // Two choices in a row rather than one by both conditions: masks go straight into the blends.
        const auto choose = [&](Mask wins) noexcept {
          place = wins ? broadcast(static_cast<float>(tap)) : place;
          value = wins ? other : value;
        };
        choose(other > value);
        choose(other != other);  // NaN wins
      }
      largest(i / kRows, j / 2, value);
      if (places.to != nullptr) places(i / kRows, j / 2, place);
    }
  }
}

// One tile of the result, all columns, with bias and bounds.
template <class F>
void transform_back(const Convolution& conv, const TilePlace& place, const float* m) noexcept {
  const Tiling& t = conv.tiling;
  const WinogradResult& result = conv.result;
  const int64_t down = result.pooled && F::kOutRows > 1 ? 2 : 1, across = result.pooled ? 2 : 1;  // windows' sizes
  const int64_t height = t.out_size[1] / down, width = t.out_size[2] / across;
  const int64_t row = place.row / down, column = place.column / across;
  const int64_t pixel = ((place.image * t.out_size[0] + place.plane) * height + row) * width + column;
  const int64_t rows = height - row, columns = width - column;  // of the tile, and more, those inside the result
  const bool is_inner = rows * down >= F::kOutRows && columns * across >= F::kOutColumns;
  for (int64_t c = 0; c < t.columns; c += kLanes) {
    const int count = static_cast<int>(smaller(kLanes, t.columns - c));
    PixelStore to{result.out + pixel * t.columns + c, width * t.columns, t.columns, count};
    Vector bias{};
    if (result.bias != nullptr) bias = count == kLanes ? load(result.bias + c) : load_part(result.bias + c, count);
    if (result.pooled) {
      Vector values[F::kOutRows][F::kOutColumns];
      transform_columns<F>(t, m + c, bias, result.bounds, [&](int i, int j, Vector value) noexcept { values[i][j] = value; });
      PixelStore places = to;
      places.to = result.places == nullptr ? nullptr : result.places + pixel * t.columns + c;
      pool_tile<F>(values, rows, columns, to, places);
    } else if (is_inner && count == kLanes) {
      to.count = kLanes;
      transform_columns<F>(t, m + c, bias, result.bounds, to);
    } else {
      transform_columns<F>(t, m + c, bias, result.bounds, [&](int i, int j, Vector value) noexcept {
        if (i < rows && j < columns) to(i, j, value);
      });
    }
  }
}

// One block of tiles after the other on each worker, so that V and the products stay in its L2.
template <class F>
void run_blocks(const Convolution& conv, const WinogradKernels& kernels, const float* u, ThreadPool& pool) noexcept {
  const Tiling& t = conv.tiling;
  parallel_for(pool, t.blocks(), [&](int64_t item, int worker) noexcept {
    const int64_t begin = item * t.block, count = smaller(t.block, t.tiles - begin);
    float* const v = conv.v + worker * F::kFrequencies * t.source_pitch;
    float* const m = conv.m + worker * F::kFrequencies * t.result_pitch;
    transform_source<F>(t, conv.source, begin, count, v);
    multiply_tiles<F>(kernels, u, count, {v, t.source_row, t.source_pitch}, {m, t.width, t.result_pitch});
    for (int64_t i = 0; i < count; ++i) transform_back<F>(conv, tile_place<F>(t, begin + i), m + i * t.width);
  });
}

// All workers on one block after the other, stage by stage; see choose_order.
template <class F>
void run_stages(const Convolution& conv, const WinogradKernels& kernels, const float* u, ThreadPool& pool) noexcept {
  const Tiling& t = conv.tiling;
  const int64_t column_blocks = column_block_count(kernels.columns);
  for (int64_t begin = 0; begin < t.tiles; begin += t.block) {
    const int64_t count = smaller(t.block, t.tiles - begin);
    parallel_for(pool, count, [&](int64_t i, int) noexcept {
      transform_source<F>(t, conv.source, begin + i, 1, conv.v + i * t.source_row);
    });
    parallel_for(pool, F::kFrequencies * column_blocks, [&](int64_t item, int) noexcept {
      multiply_frequency(kernels, u, count, {conv.v, t.source_row, t.source_pitch}, {conv.m, t.width, t.result_pitch},
                         item / column_blocks, item % column_blocks);
    });
    parallel_for(pool, count, [&](int64_t i, int) noexcept {
      transform_back<F>(conv, tile_place<F>(t, begin + i), conv.m + i * t.width);
    });
  }
}

template <class F>
void run_convolution(const Convolution& conv, ThreadPool& pool) noexcept {
  const WinogradKernels kernels = kernels_of(*conv.problem, conv.weights, conv.backward, conv.backward);
  if (conv.u != nullptr) transform_kernels<F>(kernels, conv.u, pool);
  const float* const u = conv.u == nullptr ? conv.weights : conv.u;
  conv.by_stages ? run_stages<F>(conv, kernels, u, pool) : run_blocks<F>(conv, kernels, u, pool);
}

}  // namespace

bool can_pool_winograd(const ConvProblem& problem, const PoolProblem& pooling) noexcept {
  const WindowGeometry& window = pooling.window;
  const bool is_plane = problem.window.kernel[1] > 1;
  for (int a = 0; a < kSpatial; ++a) {
    const int64_t size = a == 2 || (a == 1 && is_plane) ? 2 : 1;
    if (window.kernel[a] != size || window.stride[a] != size || window.pad[a] != 0 || window.dilation[a] != 1) {
      return false;
    }
    if (window.output[a] != window.input[a] / size) return false;
  }
  return true;
}

void winograd_convolution(const ConvProblem& problem, bool backward, const float* source, const float* weights,
                          const WinogradResult& result, float* workspace, ThreadPool& pool) noexcept {
  with_convolution_form(problem, backward, [&]<class F>() noexcept {
    Workspace memory(workspace);
    Convolution conv = plan_convolution<F>(problem, backward, result.pooled, pool.threads(), memory);
    conv.source = source;
    conv.weights = weights;
    conv.result = result;
    run_convolution<F>(conv, pool);
  });
}

void winograd_pack(const ConvProblem& problem, const float* weights, float* packed, ThreadPool& pool) noexcept {
  with_convolution_form(problem, false, [&]<class F>() noexcept {
    transform_kernels<F>(kernels_of(problem, weights, false, false), packed, pool);
  });
}

int64_t winograd_packed_floats(const ConvProblem& problem) noexcept {
  int64_t floats = 0;
  with_convolution_form(problem, false,
                        [&]<class F>() noexcept { floats = kernel_floats<F>(make_tiling<F>(problem, false)); });
  return floats;
}

int64_t winograd_convolution_workspace(const ConvProblem& problem, bool backward, bool pooled, int threads) noexcept {
  Workspace memory(nullptr);
  with_convolution_form(problem, backward, [&]<class F>() noexcept {
    plan_convolution<F>(problem, backward, pooled, threads, memory);
  });
  return memory.floats();
}

}  // namespace pellucid::PELLUCID_ISA
