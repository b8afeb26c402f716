// conv_indirect.h: the driver of convolution forward and backward-input.
//
// Both compute, for every position of a walk over the output,
//
//   out[position][column] = sum over taps t and source channels s of source[position + t][s] * weights[t][s][column]
//
// as a matrix product whose rows are found by pointer: tiles of positions, flattened over images, against a panel of
// weights. Nothing is gathered or padded; border positions run with the taps that lie inside (conv_axis.h).
#pragma once

#include "conv_panels.h"
#include "odometer.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// A panel is read once per tile and should stay in L2 beside the tile's source: half of the usual 512 KiB.
constexpr int64_t kPanelFloats = 64 * 1024;

constexpr int64_t kShortTile = 128;        // steps: shorter ones take less time than a line from memory
constexpr int64_t kFarFloats = 64 * 1024;  // results of a region that do not stay in L2 until they are written again

// Channels of one group.
inline bool uses_dot(int64_t columns, int64_t depth) noexcept {
  return columns <= kDotColumns && depth % kDotSteps == 0;
}

// The taps of a region as runs of `channels` steps. Taps that touch in the source and in the panel join into one run:
// a whole kernel row, where there is one group and no dilation.
inline int64_t list_runs(const IndirectConv& conv, const Region& region, int64_t channels, const Panel& panel,
                         Run* runs) noexcept {
  int64_t count = 0;
  for (int64_t d = 0; d < region.segment[0]->taps(); ++d) {
    for (int64_t h = 0; h < region.segment[1]->taps(); ++h) {
      for (int64_t w = 0; w < region.segment[2]->taps(); ++w) {
        const int64_t row = region.offset(0, d) * conv.source_size[1] + region.offset(1, h);
        const int64_t pixel = row * conv.source_size[2] + region.offset(2, w);
        const int64_t tap = panel_tap(conv, region, {d, h, w}, panel.packed);
        const Run run{pixel * conv.source_channels(), tap * panel.tap_step, channels};
        Run* const last = runs + count - 1;
        if (count > 0 && last->source + last->count == run.source &&
            last->panel + last->count * panel.run_step == run.panel) {
          last->count += channels;
        } else {
          runs[count++] = run;
        }
      }
    }
  }
  return count;
}

// Walks the positions of a region in an item's images from number `start` on: offsets into source and out.
inline Odometer walk_positions(const IndirectConv& conv, const Region& region, const Item& item,
                               int64_t start) noexcept {
  OdometerAxis axes[Odometer::kAxes];
  int64_t source_pitch = conv.source_channels(), out_pitch = conv.out_channels(), source = 0, out = 0;
  for (int a = kSpatial - 1; a >= 0; --a) {
    const AxisWalk& walk = *region.walk[a];
    const Segment& segment = *region.segment[a];
    const int64_t tap = segment.taps() > 0 ? walk.taps[segment.first_tap].source : 0;
    source += (segment.begin * walk.source_step + tap) * source_pitch;
    out += (segment.begin * walk.output_step + walk.output_base) * out_pitch;
    axes[a + 1] = {segment.positions(), walk.source_step * source_pitch, walk.output_step * out_pitch};
    source_pitch *= conv.source_size[a];
    out_pitch *= conv.out_size[a];
  }
  axes[0] = {item.images, source_pitch, out_pitch};
  return Odometer(axes, source + item.first_image * source_pitch, out + item.first_image * out_pitch, start);
}

inline int64_t steps_of(const Tile& tile) noexcept {
  int64_t steps = 0;
  for (int64_t run = 0; run < tile.run_count; ++run) steps += tile.runs[run].count;
  return steps;
}

// Where the rows of a tile read and write.
struct TileRows {
  const float* source[kMaxTileRows];
  float* out[kMaxTileRows];
  int64_t count;

  void take(int64_t rows, const float* first_source, float* first_out, Odometer& position) noexcept {
    count = rows;
    for (int64_t r = 0; r < rows; ++r, position.advance()) {
      source[r] = first_source + position.first();
      out[r] = first_out + position.second();
    }
  }
  void fetch_out(int64_t columns) const noexcept {
    for (int64_t r = 0; r < count; ++r) {
      for (int64_t c = 0; c < columns; c += kLineFloats) __builtin_prefetch(out[r] + c, 1);
    }
  }
};

// The item's share of a region's positions, tile after tile. A tile of few steps ends before lines that it asks for at
// its beginning have come from memory, so those of the next one are asked for.
inline void run_region(const IndirectConv& conv, const Region& region, const Item& item, int64_t source_channel,
                       int64_t out_channel, const TileShape& shape, Tile& tile) noexcept {
  const int64_t positions = item.images * region.positions();
  const int64_t begin = share(positions, item.part, conv.parts);
  const int64_t count = share(positions, item.part + 1, conv.parts) - begin;
  if (count == 0) return;
  const bool is_short = steps_of(tile) < kShortTile && count * conv.out_channels() > kFarFloats;
  const float* const source = conv.source + source_channel;
  float* const out = conv.out + out_channel;
  Odometer position = walk_positions(conv, region, item, begin);
  const int64_t tiles = ceil_div(count, shape.rows);
  TileRows rows[2];
  rows[0].take(share(count, 1, tiles), source, out, position);
  for (int64_t t = 0; t < tiles; ++t) {
    const TileRows& now = rows[t % 2];
    TileRows& next = rows[(t + 1) % 2];
    if (t + 1 < tiles) {
      next.take(share(count, t + 2, tiles) - share(count, t + 1, tiles), source, out, position);
      if (is_short) next.fetch_out(tile.columns);
    }
    tile.source = now.source;
    tile.out = now.out;
    shape.run[now.count - 1](tile);
  }
}

inline const TileShape& block_shape(const IndirectConv& conv, const ColumnBlock& block) noexcept {
  return conv.dot ? dot_shape(conv.columns, conv.depth, conv.word) : *block.shape;
}

// One column block over the item's positions, one depth block after another.
inline void run_block(const IndirectConv& conv, const Item& item, int64_t index) noexcept {
  const int64_t group = index / column_block_count(conv.columns);
  const ColumnBlock block = column_block(conv.columns, index % column_block_count(conv.columns), conv.word);
  const TileShape& shape = block_shape(conv, block);
  const int64_t first_column = group * conv.columns + block.first;
  float bias[kMaxVectors * kLanes] = {};
  for (int64_t c = 0; conv.bias != nullptr && c < block.columns; ++c) bias[c] = conv.bias[first_column + c];
  for (int64_t depth = 0; depth < conv.depth; depth += conv.depth_block) {
    const int64_t channels = smaller(conv.depth_block, conv.depth - depth);
    const Panel panel = take_panel(conv, item, index, depth, channels, block);
    Tile tile{};
    tile.runs = item.runs;
    tile.source_step = 1;
    tile.panel = panel.data;
    tile.panel_step = panel.tile_step;
    tile.columns = block.columns;
    tile.start = depth == 0 && conv.bias != nullptr ? bias : nullptr;
    tile.accumulate = depth > 0;
    tile.bounds = depth + channels == conv.depth ? conv.bounds : kUnbounded;
    for_each_region(item.walk, [&](const Region& region) noexcept {
      tile.run_count = list_runs(conv, region, channels, panel, item.runs);
      run_region(conv, region, item, group * conv.depth + depth, first_column, shape, tile);
    });
  }
}

inline void run_indirect(const IndirectConv& conv, ThreadPool& pool) noexcept {
  for_each_item(conv, pool, [&](const Item& item) noexcept {
    for (int64_t block = item.first_block; block < item.end_block; ++block) run_block(conv, item, block);
  });
}

// Source channels are summed, hence paired: they lie side by side in the source and, for the input gradient, in the
// weights; forward, they are rows of the weights.
inline void plan_pairs(IndirectConv& conv, bool backward, Workspace& workspace) noexcept {
  const int64_t channels = conv.depth;
  conv.depth = ceil_div(channels, 2);
  const int64_t points = conv.batch * conv.source_size[0] * conv.source_size[1] * conv.source_size[2];
  conv.source_pairing = {points * conv.groups, channels, 1};
  conv.weight_pairing = {conv.taps(), channels, conv.out_channels()};
  if (backward) conv.weight_pairing = {conv.taps() * conv.columns * conv.groups, channels, 1};
  conv.source_pairs = workspace.take<float>(conv.source_pairing.words());
  conv.weight_pairs = workspace.take<float>(conv.weight_pairing.words());
}

// The sizes of a convolution, and its arrays in the workspace.
inline IndirectConv plan_indirect(const ConvProblem& problem, bool backward, int threads,
                                  Workspace& workspace) noexcept {
  IndirectConv conv{};
  const WindowGeometry& window = problem.window;
  const int64_t IC = problem.in_channels / problem.groups, OC = problem.out_channels / problem.groups;
  conv.batch = problem.batch;
  conv.groups = problem.groups;
  conv.depth = backward ? OC : IC;
  conv.columns = backward ? IC : OC;
  for (int a = 0; a < kSpatial; ++a) {
    conv.source_size[a] = backward ? window.output[a] : window.input[a];
    conv.out_size[a] = backward ? window.input[a] : window.output[a];
    conv.kernel[a] = window.kernel[a];
  }
  conv.word = uses_pairs(problem, backward ? Pass::kInput : Pass::kForward) ? Word::kPair : Word::kFloat;
  if (conv.word == Word::kPair) plan_pairs(conv, backward, workspace);
  const int64_t width = smaller(padded_columns(conv.columns), kMaxVectors * kLanes);
  const int64_t depth_blocks = ceil_div(conv.depth, larger(kLanes, kPanelFloats / (conv.taps() * width)));
  // Whole vectors of channels: weights are transposed in squares.
  conv.depth_block = smaller(conv.depth, ceil_div(conv.depth, depth_blocks * kLanes) * kLanes);
  conv.dot = uses_dot(conv.columns, conv.depth);
  conv.in_place = !conv.dot && !backward && conv.blocks() == 1 && whole_vectors(conv.columns);
  conv.packed = problem.packed && !backward && !conv.in_place;
  conv.walks = take_walks(window, backward, workspace);
  conv.runs = workspace.take<Run>(threads * conv.taps());
  conv.panels = workspace.take<float>(conv.packed ? 0 : threads * conv.panel_room());
  const int64_t row = backward ? conv.source_channels() : conv.out_channels();  // of the weights
  const int64_t tap = row * (backward ? conv.columns : conv.depth);
  conv.weights = {nullptr, row / conv.groups, tap, row, 1};
  if (backward) conv.weights = {nullptr, row / conv.groups, tap, 1, row};
  if (!workspace.measuring()) cut_work(conv);
  return conv;
}

inline void set_source(IndirectConv& conv, const float* source, ThreadPool& pool) noexcept {
  conv.source = source;
  if (conv.word == Word::kFloat) return;
  make_pairs(source, conv.source_pairing, conv.source_pairs, pool);
  conv.source = conv.source_pairs;
}

// The weights as problems.h has them.
inline void set_weights(IndirectConv& conv, const float* weights, ThreadPool& pool) noexcept {
  conv.weights.data = weights;
  if (conv.word == Word::kFloat) return;
  make_pairs(weights, conv.weight_pairing, conv.weight_pairs, pool);
  conv.weights.data = conv.weight_pairs;
}

// The operands of a forward convolution, whose weights may be packed.
inline void set_operands(IndirectConv& conv, const ConvProblem& problem, const float* input, const float* weights,
                         ThreadPool& pool) noexcept {
  set_source(conv, input, pool);
  problem.packed ? void(conv.weights.data = weights) : set_weights(conv, weights, pool);
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
