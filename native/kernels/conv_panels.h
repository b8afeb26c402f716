// conv_panels.h: the weights of a convolution as tiles read them: in place, packed by the item, or packed beforehand.
#pragma once

#include "conv_items.h"
#include "panel.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// The weights of one column block and some source channels, as tiles read them. Distances in floats.
struct Panel {
  const float* data;
  int64_t tap_step;   // packed, the taps of a phase lie in the order of its walk; in place, as in the kernel
  int64_t run_step;   // from one step of a run to the next
  int64_t tile_step;  // Tile::panel_step
  bool packed;
};

// The place of a region's tap among the taps of the panel.
inline int64_t panel_tap(const IndirectConv& conv, const Region& region, const int64_t (&tap)[kSpatial],
                         bool packed) noexcept {
  int64_t number = 0;
  for (int a = 0; a < kSpatial; ++a) {
    const AxisWalk& walk = *region.walk[a];
    const int64_t index = region.segment[a]->first_tap + tap[a];
    number = packed ? number * walk.tap_count + index : number * conv.kernel[a] + walk.taps[index].kernel;
  }
  return number;
}

// panel[column * column_step + channel] = weights[channel][column]
inline void pack_columns(const WeightView& weights, const float* from, int64_t channels, int64_t columns,
                         int64_t column_step, float* panel) noexcept {
  for (int64_t column = 0; column < columns; ++column) {
    for (int64_t channel = 0; channel < channels; ++channel) {
      panel[column * column_step + channel] = from[channel * weights.channel_step + column * weights.column_step];
    }
  }
}

// How panels of some source channels are laid out that pack_panel fills.
inline Panel panel_layout(const IndirectConv& conv, const AxisWalk* const* walk, int64_t channels, int64_t width,
                          const float* data) noexcept {
  const int64_t taps = walk[0]->tap_count * walk[1]->tap_count * walk[2]->tap_count;
  return conv.dot ? Panel{data, channels, 1, taps * channels, true} : Panel{data, channels * width, width, width, true};
}

// Packs all taps of a phase; `weights` points to the first of `channels` source channels and of the columns.
inline void pack_panel(const IndirectConv& conv, const AxisWalk* const* walk, const float* weights, int64_t channels,
                       const ColumnBlock& block, float* to) noexcept {
  const int64_t width = block.shape->width;
  const auto [data, tap_step, run_step, column_step, packed] = panel_layout(conv, walk, channels, width, to);
  for (int64_t d = 0; d < walk[0]->tap_count; ++d) {
    for (int64_t h = 0; h < walk[1]->tap_count; ++h) {
      for (int64_t w = 0; w < walk[2]->tap_count; ++w, to += tap_step) {
        const int64_t row = walk[0]->taps[d].kernel * conv.kernel[1] + walk[1]->taps[h].kernel;
        const float* const from = weights + (row * conv.kernel[2] + walk[2]->taps[w].kernel) * conv.weights.tap_step;
        if (conv.dot) {
          pack_columns(conv.weights, from, channels, block.columns, column_step, to);
        } else if (conv.weights.column_step == 1) {
          pack_rows(from, conv.weights.channel_step, channels, block.columns, width, to);
        } else {
          pack_transposed(from, conv.weights.column_step, channels, block.columns, width, to);
        }
      }
    }
  }
}

// The first weight of a column block, counted through all groups, and of the source channels from `depth` on.
inline const float* block_weights(const IndirectConv& conv, int64_t index, int64_t depth) noexcept {
  const int64_t blocks = column_block_count(conv.columns);
  const int64_t first = column_block(conv.columns, index % blocks).first;
  return conv.weights.data + index / blocks * conv.weights.group_step + first * conv.weights.column_step +
         depth * conv.weights.channel_step;
}

// The panel of a column block and of `channels` source channels from `depth` on.
inline Panel take_panel(const IndirectConv& conv, const Item& item, int64_t index, int64_t depth, int64_t channels,
                        const ColumnBlock& block) noexcept {
  const int64_t width = block.shape->width;
  if (conv.packed) {
    const int64_t number = index * conv.depth_blocks() + depth / conv.depth_block;
    return panel_layout(conv, item.walk, channels, width, conv.weights.data + number * conv.panel_room());
  }
  const float* const from = block_weights(conv, index, depth);
  const int64_t row = conv.weights.channel_step;
  if (conv.in_place) return {from, conv.weights.tap_step, row, row, false};
  pack_panel(conv, item.walk, from, channels, block, item.panel);
  return panel_layout(conv, item.walk, channels, width, item.panel);
}

// All panels of a convolution that runs forward, for `IndirectConv::packed`.
inline void pack_panels(const IndirectConv& conv, float* packed, ThreadPool& pool) noexcept {
  const AxisWalk* const walk[kSpatial] = {conv.walks.axis[0], conv.walks.axis[1], conv.walks.axis[2]};
  parallel_for(pool, conv.blocks() * conv.depth_blocks(), [&](int64_t number, int) noexcept {
    const int64_t index = number / conv.depth_blocks(), depth = number % conv.depth_blocks() * conv.depth_block;
    pack_panel(conv, walk, block_weights(conv, index, depth), smaller(conv.depth_block, conv.depth - depth),
               column_block(conv.columns, index % column_block_count(conv.columns)),
               packed + number * conv.panel_room());
  });
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
