// conv_depthwise.h: convolution with one filter per channel (groups == channels), forward and backward-input.
//
// No channel meets another, so there is no matrix product: channels lie along the vectors, and a tile of positions
// shares the weights it loads. Walks and regions are those of conv_axis.h, items those of conv_items.h.
#pragma once

#include "conv_indirect.h"
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

inline void run_depthwise(IndirectConv& conv, ThreadPool& pool) noexcept {
  const TileShape shape{0, kDepthwiseRows, kDepthwise, "depthwise"};
  const Panel panel{conv.weights.data, conv.weights.tap_step, 0, 0, false};
  conv.block_splits = 1;  // an item has all channels of its positions
  for_each_item(conv, pool, [&](const Item& item) noexcept {
    Tile tile{};
    tile.runs = item.runs;
    tile.panel = panel.data;
    tile.columns = conv.out_channels();
    tile.start = conv.bias;
    tile.bounds = conv.bounds;
    for_each_region(item.walk, [&](const Region& region) noexcept {
      tile.run_count = list_runs(conv, region, 1, panel, item.runs);
      run_region(conv, region, item, 0, 0, shape, tile);
    });
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
