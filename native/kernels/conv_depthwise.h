// conv_depthwise.h: convolution with one filter per channel (groups == channels), forward and backward-input.
//
// No channel meets another, so there is no matrix product: channels lie along the vectors. Kernels of usual sizes slide
// along rows (depthwise_windows.h). The others, and channels that fill no vector, go by tiles of positions that share
// the weights they load. Walks and regions are those of conv_axis.h, items those of conv_items.h.
#pragma once

#include "conv_indirect.h"
#include "depthwise_windows.h"
#include "lanes.h"

namespace pellucid::PELLUCID_ISA {
namespace {

[[maybe_unused]] bool is_depthwise(const ConvProblem& problem) noexcept {
  return problem.groups > 1 && problem.groups == problem.in_channels && problem.groups == problem.out_channels;
}

constexpr int kDepthwiseRows = 4;  // 4 x kMaxVectors sums cover the latency of FMA, and 3 of 4 weight loads are saved

// `ROWS` positions, channels [channel, channel + VECTORS * LANES).
template <int LANES, int VECTORS, int ROWS>
inline void depthwise_tile(const Tile& tile, int64_t channel) noexcept {
  using L = Lanes<LANES>;
  using V = typename L::Vector;
  V sum[ROWS][VECTORS] = {};
  for (const Run* run = tile.runs; run != tile.runs + tile.run_count; ++run) {
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; ++v) {
      const V weights = L::load(tile.panel + run->panel + channel + v * LANES);
#pragma GCC unroll 4
      for (int r = 0; r < ROWS; ++r) {
        sum[r][v] += L::load(tile.source[r] + run->source + channel + v * LANES) * weights;
      }
    }
  }
  const V low = L::broadcast(tile.bounds.low), high = L::broadcast(tile.bounds.high);
#pragma GCC unroll 4
  for (int v = 0; v < VECTORS; ++v) {
    const int64_t at = channel + v * LANES;
    const V bias = tile.start == nullptr ? V{} : L::load(tile.start + at);
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; ++r) {
      V value = sum[r][v] + bias;
      value = value < low ? low : value;  // NaN stays
      value = value > high ? high : value;
      L::store(tile.out[r] + at, value);
    }
  }
}

// All channels from `channel` on: four vectors at a time, then one, then ever narrower ones.
template <int LANES, int ROWS>
void depthwise_rows(const Tile& tile, int64_t channel) noexcept {
  if constexpr (LANES == kLanes) {
    for (; channel + kMaxVectors * LANES <= tile.columns; channel += kMaxVectors * LANES) {
      depthwise_tile<LANES, kMaxVectors, ROWS>(tile, channel);
    }
  }
  for (; channel + LANES <= tile.columns; channel += LANES) depthwise_tile<LANES, 1, ROWS>(tile, channel);
  if constexpr (LANES > 1) depthwise_rows<LANES / 2, ROWS>(tile, channel);
}

constexpr TileFunction kDepthwise[kDepthwiseRows] = {
    [](const Tile& tile) noexcept { depthwise_rows<kLanes, 1>(tile, 0); },
    [](const Tile& tile) noexcept { depthwise_rows<kLanes, 2>(tile, 0); },
    [](const Tile& tile) noexcept { depthwise_rows<kLanes, 3>(tile, 0); },
    [](const Tile& tile) noexcept { depthwise_rows<kLanes, 4>(tile, 0); },
};

// Channels from `first` on of an item's positions, tile by tile.
inline void run_tiles(const IndirectConv& conv, const Item& item, int64_t first) noexcept {
  const TileShape shape{0, kDepthwiseRows, kDepthwise, "depthwise"};
  const Panel panel{conv.weights.data + first, conv.weights.tap_step, 0, 0, false};
  Tile tile{};
  tile.runs = item.runs;
  tile.panel = panel.data;
  tile.columns = conv.out_channels() - first;
  tile.start = conv.bias == nullptr ? nullptr : conv.bias + first;
  tile.bounds = conv.bounds;
  for_each_region(item.walk, [&](const Region& region) noexcept {
    tile.run_count = list_runs(conv, region, 1, panel, item.runs);
    run_region(conv, region, item, first, first, shape, tile);
  });
}

// The rows of the source that reach row (d, h) of the outputs, and the rows of the kernel by which they do.
inline int64_t list_row_taps(const IndirectConv& conv, const Item& item, int64_t image, int64_t d, int64_t h,
                             RowTap* taps) noexcept {
  int64_t count = 0;
  const AxisWalk &depth = *item.walk[0], &height = *item.walk[1];
  for (int64_t i = 0; i < depth.tap_count; ++i) {
    const int64_t plane = d * depth.source_step + depth.taps[i].source;
    if (plane < 0 || plane >= conv.source_size[0]) continue;
    for (int64_t j = 0; j < height.tap_count; ++j) {
      const int64_t line = h * height.source_step + height.taps[j].source;
      if (line < 0 || line >= conv.source_size[1]) continue;
      const int64_t row = (image * conv.source_size[0] + plane) * conv.source_size[1] + line;
      const int64_t tap = (depth.taps[i].kernel * conv.kernel[1] + height.taps[j].kernel) * conv.kernel[2];
      taps[count++] = {conv.source + row * conv.source_size[2] * conv.source_channels(),
                       conv.weights.data + tap * conv.weights.tap_step};
    }
  }
  return count;
}

// The rows of the source that outputs in row h + 1 read and those in row h do not.
inline void look_ahead(const IndirectConv& conv, const AxisWalk& height, int64_t h, WindowRow& row) noexcept {
  const RowTap& last = row.taps[row.tap_count - 1];
  const int64_t line = h * height.source_step + height.taps[height.tap_count - 1].source + 1;
  row.row_step = conv.source_size[2] * conv.source_channels();
  row.ahead_rows = smaller(height.source_step, conv.source_size[1] - line);
  row.ahead = last.source + row.row_step;
}

// The first `channels` of rows [first, last) of an item's outputs.
inline void run_rows(const IndirectConv& conv, const Item& item, const Windows& windows, int64_t first, int64_t last,
                     int64_t channels) noexcept {
  const AxisWalk &depth = *item.walk[0], &height = *item.walk[1], &width = *item.walk[2];
  int64_t column[kMostColumnTaps];
  for (int64_t k = 0; k < width.tap_count; ++k) column[k] = width.taps[k].kernel * conv.weights.tap_step;
  WindowRow row;
  row.channels = conv.source_channels();
  row.size = conv.source_size[2];
  row.first = width.taps[0].source;
  row.column = column;
  row.bias = conv.bias;
  row.bounds = conv.bounds;
  row.out_step = width.output_step * conv.out_channels();
  for (int64_t r = first; r < last; ++r) {
    const int64_t h = r % height.positions, d = r / height.positions % depth.positions;
    const int64_t image = item.first_image + r / height.positions / depth.positions;
    row.tap_count = list_row_taps(conv, item, image, d, h, row.taps);
    row.ahead_rows = 0;
    if (row.tap_count > 0 && r + 1 < last) look_ahead(conv, height, h, row);
    const int64_t plane = image * conv.out_size[0] + d * depth.output_step + depth.output_base;
    const int64_t line = plane * conv.out_size[1] + h * height.output_step + height.output_base;
    row.out = conv.out + (line * conv.out_size[2] + width.output_base) * conv.out_channels();
    slide_row(windows, row, width, channels);
  }
}

// The item's share of rows of outputs.
inline void run_windows(const IndirectConv& conv, const Item& item, const Windows& windows, int64_t channels) noexcept {
  const int64_t rows = item.images * item.walk[0]->positions * item.walk[1]->positions;
  run_rows(conv, item, windows, share(rows, item.part, conv.parts), share(rows, item.part + 1, conv.parts), channels);
}

inline void run_depthwise(const IndirectConv& conv, ThreadPool& pool) noexcept {
  const int64_t whole = conv.out_channels() / kLanes * kLanes;
  const bool rows_fit = conv.kernel[0] * conv.kernel[1] <= kMostRowTaps;
  for_each_item(conv, pool, [&](const Item& item) noexcept {
    const Windows windows = rows_fit ? choose_windows(*item.walk[2]) : Windows{};
    const int64_t sliding = windows.outputs > 0 ? whole : 0;
    if (sliding > 0) run_windows(conv, item, windows, sliding);
    if (sliding < conv.out_channels()) run_tiles(conv, item, sliding);
  });
}

// The kernel that forward or backward-input takes, for `explain`.
[[maybe_unused]] const char* direct_name(const ConvProblem& problem, bool backward) noexcept {
  if (is_depthwise(problem)) return "depthwise";
  Workspace memory(nullptr);
  const IndirectConv conv = plan_indirect(problem, backward, 1, memory);
  return block_shape(conv, column_block(conv.columns, 0, conv.word)).name;
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
