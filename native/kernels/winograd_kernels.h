// winograd_kernels.h: the transformed kernel U of Winograd's method (winograd.h), and the products with it.
#pragma once

#include "panel.h"
#include "parallel.h"
#include "problems.h"
#include "winograd_transforms.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// A kernel as one side of the products: `depth` source channels of all plane taps, `columns` result channels.
struct WinogradKernels {
  const float* weights;  // [tap][in channel][out channel]
  int64_t in_channels, out_channels;
  bool transposed;  // the source channels are the out channels
  bool turned;      // taps run backwards
  int64_t planes, channels, columns;
  int64_t depth, width;  // planes * channels; columns in whole vectors
};

inline WinogradKernels kernels_of(const ConvProblem& problem, const float* weights, bool transposed,
                                  bool turned) noexcept {
  const int64_t in = problem.in_channels, out = problem.out_channels, planes = problem.window.kernel[0];
  const int64_t channels = transposed ? out : in, columns = transposed ? in : out;
  return {weights, in, out, transposed, turned, planes, channels, columns, planes * channels, padded_columns(columns)};
}

// U of kLanes channels (of one plane tap) and one vector of columns: to[frequency * pitch + channel * width].
template <class F>
void transform_kernel(const WinogradKernels& k, int64_t plane, int64_t channel, int64_t column, float* to,
                      int64_t width) noexcept {
  constexpr int kTaps = F::kTapRows * F::kTapColumns;
  const int64_t channels = smaller(kLanes, k.channels - channel), columns = smaller(kLanes, k.columns - column);
  float taps[kTaps][kLanes][kLanes];
  for (int tap = 0; tap < kTaps; ++tap) {
    const int64_t from = k.turned ? (k.planes - 1 - plane) * kTaps + (kTaps - 1 - tap) : plane * kTaps + tap;
    const float* const weights = k.weights + from * k.in_channels * k.out_channels;
    if (k.transposed) {
      pack_transposed(weights + column * k.out_channels + channel, k.out_channels, channels, columns, kLanes,
                      taps[tap][0]);
    } else {
      pack_rows(weights + channel * k.out_channels + column, k.out_channels, channels, columns, kLanes, taps[tap][0]);
    }
  }
  const int64_t pitch = k.depth * k.width;
  for (int64_t c = 0; c < channels; ++c) {
    F::template apply<typename F::Kernel>(
        [&](int i, int j) noexcept { return load(taps[i * F::kTapColumns + j][c]); },
        [&](int i, int j, Vector value) noexcept { store(to + (i * F::kColumns + j) * pitch + c * width, value); });
  }
}

// u[frequency][column block][plane tap and channel][column of the block]
template <class F>
void transform_kernels(const WinogradKernels& k, float* u, ThreadPool& pool) noexcept {
  const int64_t channel_parts = ceil_div(k.channels, kLanes);
  parallel_for(pool, k.planes * channel_parts, [&](int64_t item, int) noexcept {
    const int64_t plane = item / channel_parts, channel = item % channel_parts * kLanes;
    for (int64_t index = 0; index < column_block_count(k.columns); ++index) {
      const ColumnBlock block = column_block(k.columns, index);
      const int64_t width = block.shape->width;
      float* const to = u + k.depth * block.first + (plane * k.channels + channel) * width;
      for (int64_t column = 0; column < width; column += kLanes) {
        transform_kernel<F>(k, plane, channel, block.first + column, to + column, width);
      }
    }
  });
}

// A matrix per frequency, a row per tile: `row` floats from a tile to the next, `pitch` from a frequency to the next.
template <class Number>
struct TileRows {
  Number* data;
  int64_t row, pitch;
};

// How many products are added up one after the other. A sum of n equal products loses up to n / 2 units in its last
// place, and the way back (A^T) makes the loss a hundred times larger; so sums are made of shorter ones.
constexpr int64_t kSummands = 64;

// m = v u for one frequency and one block of columns; rows of m are k.width long.
[[maybe_unused]] void multiply_frequency(const WinogradKernels& k, const float* u, int64_t tiles,
                                         const TileRows<const float>& v, const TileRows<float>& m, int64_t frequency,
                                         int64_t index) noexcept {
  const float* source[kMaxTileRows];
  float* out[kMaxTileRows];
  const ColumnBlock block = column_block(k.columns, index);
  Run run{};
  Tile tile{};
  tile.source = source;
  tile.out = out;
  tile.runs = &run;
  tile.run_count = 1;
  tile.source_step = 1;
  tile.panel = u + frequency * k.depth * k.width + k.depth * block.first;
  tile.panel_step = tile.columns = block.shape->width;
  const float* from = v.data + frequency * v.pitch;
  float* to = m.data + frequency * m.pitch + block.first;
  const int64_t parts = ceil_div(tiles, block.shape->rows), sums = ceil_div(k.depth, kSummands);
  for (int64_t part = 0, begin = 0; part < parts; ++part) {
    const int64_t end = share(tiles, part + 1, parts);
    for (int64_t r = 0; r < end - begin; ++r, from += v.row, to += m.row) {
      source[r] = from;
      out[r] = to;
    }
    for (int64_t sum = 0; sum < sums; ++sum) {
      run.source = share(k.depth, sum, sums);
      run.panel = run.source * tile.panel_step;
      run.count = share(k.depth, sum + 1, sums) - run.source;
      tile.accumulate = sum > 0;
      block.shape->run[end - begin - 1](tile);
    }
    begin = end;
  }
}

// m = v u for every frequency.
template <class F>
void multiply_tiles(const WinogradKernels& k, const float* u, int64_t tiles, const TileRows<const float>& v,
                    const TileRows<float>& m) noexcept {
  for (int frequency = 0; frequency < F::kFrequencies; ++frequency) {
    for (int64_t index = 0; index < column_block_count(k.columns); ++index) {
      multiply_frequency(k, u, tiles, v, m, frequency, index);
    }
  }
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
