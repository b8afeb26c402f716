// conv_indirect.h: the driver of convolution forward and backward-input.
//
// Both compute, for every position of a walk over the output,
//
//   out[position][column] = sum over taps t and source channels s of source[position + t][s] * weights[t][s][column]
//
// as a matrix product whose rows are found by pointer: tiles of positions, flattened over images, against a panel of
// weights. Nothing is gathered or padded; border positions run with the taps that lie inside (conv_axis.h).
#pragma once

#include "conv_axis.h"
#include "odometer.h"
#include "pairs.h"
#include "parallel.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// A panel is read once per tile and should stay in L2 beside the tile's source: half of the usual 512 KiB.
constexpr int64_t kPanelFloats = 64 * 1024;

// weights[tap][channel][column] of a group.
struct WeightView {
  const float* data;
  int64_t group_step, tap_step, channel_step, column_step;  // one of the last two is 1
};

// Channels and columns are those of one group unless said otherwise.
struct IndirectConv {
  int64_t batch, groups, depth, columns;  // depth: source channels, as words; columns: output channels
  Word word;
  int64_t source_size[kSpatial], out_size[kSpatial], kernel[kSpatial];
  Walks walks;
  int64_t depth_block;   // source channels per pass over the taps
  bool in_place;         // the weights are a panel already
  bool packed;           // the weights are panels of all column and depth blocks, one behind the other
  bool dot;              // few columns: tiles of dot products
  // The cut into items, by sizes only.
  int64_t image_block;   // images per item
  int64_t parts;         // or items per image
  int64_t block_splits;  // items among which the column blocks are dealt
  // Per worker:
  Run* runs;             // taps()
  float* panels;         // panel_room()
  // Pairs of bfloat16, where words are that:
  Pairing source_pairing, weight_pairing;
  float *source_pairs, *weight_pairs;
  // Operands.
  const float* source;
  WeightView weights;
  const float* bias;
  Bounds bounds = kUnbounded;
  float* out;

  int64_t taps() const noexcept { return kernel[0] * kernel[1] * kernel[2]; }
  int64_t source_channels() const noexcept { return groups * depth; }
  int64_t out_channels() const noexcept { return groups * columns; }
  int64_t blocks() const noexcept { return groups * column_block_count(columns); }
  int64_t depth_blocks() const noexcept { return ceil_div(depth, depth_block); }
  int64_t panel_room() const noexcept {
    return in_place ? 0 : taps() * depth_block * smaller(padded_columns(columns), kMaxVectors * kLanes);
  }
};

// Channels of one group.
inline bool uses_dot(int64_t columns, int64_t depth) noexcept {
  return columns <= kDotColumns && depth % kDotSteps == 0;
}

// Items of about `per_item` of the `positions` of an image: whole images, or equal parts of one. These are 2, 4, 8, ...:
// then a worker's share is the same part of the image in layers of all sizes, and what he wrote in one he finds in his
// own cache in the next.
inline void deal_positions(IndirectConv& conv, int64_t positions, int64_t per_item) noexcept {
  conv.image_block = smaller(conv.batch, larger(1, (per_item + positions / 2) / positions));
  const int64_t wanted = ceil_div(positions, smaller(positions, per_item));
  for (conv.parts = 1; conv.parts < wanted;) conv.parts *= 2;
}

// Enough items to balance workers, each worth waking one for (a few microseconds): first by positions, as long as an
// item has enough of them to repay its panel, then by column blocks, and where that gives too few, by positions again.
inline void cut_work(IndirectConv& conv) noexcept {
  constexpr int64_t kItems = 32, kLeastItems = 8, kItemMultiplies = 256 * 1024;
  constexpr int64_t kLeastPositions = 256;  // packing a panel costs about as much as 3 to 6 positions
  constexpr int64_t kLeastPacked = 96;      // reading one from memory, as much as some tens
  constexpr int64_t kMostPositions = 1024;  // their source and output stay in L2 from column block to column block
  constexpr int64_t kParts = 4;             // of an image, if column blocks make enough items of them
  int64_t positions = 1;                    // of one image in one phase
  for (int a = 0; a < kSpatial; ++a) positions *= conv.walks.axis[a][0].positions;
  const int64_t phases = conv.walks.phase_count(), total = conv.batch * positions * phases;
  const int64_t multiplies = ceil_div(conv.taps(), phases) * conv.depth * conv.groups * padded_columns(conv.columns);
  const int64_t wanted = larger(1, smaller(kItems, total * multiplies / kItemMultiplies));
  const int64_t by_positions =
      conv.packed ? smaller(wanted, larger(kParts, ceil_div(kLeastItems, conv.blocks()))) : wanted;
  const int64_t least_positions = conv.packed || conv.in_place ? kLeastPacked : kLeastPositions;
  deal_positions(conv, positions, larger(least_positions, smaller(kMostPositions, total / by_positions)));
  const int64_t items = ceil_div(conv.batch, conv.image_block) * conv.parts * phases;
  conv.block_splits = smaller(conv.blocks(), ceil_div(wanted, items));
  const int64_t least = smaller(wanted, kLeastItems);
  if (items * conv.block_splits < least) {
    deal_positions(conv, positions, larger(kMaxTileRows, total * conv.block_splits / least));
  }
}

// The share of one call of the pool's body.
struct Item {
  const AxisWalk* walk[kSpatial];  // of its phase
  int64_t first_image, images, part;
  int64_t first_block, end_block;  // column blocks, counted through all groups
  Run* runs;
  float* panel;
};

template <class Body>
void for_each_item(const IndirectConv& conv, ThreadPool& pool, const Body& body) noexcept {
  const int64_t phases = conv.walks.phase_count();
  const int64_t image_blocks = ceil_div(conv.batch, conv.image_block);
  parallel_for(pool, image_blocks * conv.parts * phases * conv.block_splits, [&](int64_t index, int worker) noexcept {
    Item item;
    const int64_t split = index % conv.block_splits;
    index /= conv.block_splits;
    for (int a = kSpatial - 1; a >= 0; index /= conv.walks.phases[a], --a) {
      item.walk[a] = conv.walks.axis[a] + index % conv.walks.phases[a];
    }
    item.part = index % conv.parts;
    item.first_image = index / conv.parts * conv.image_block;
    item.images = smaller(conv.image_block, conv.batch - item.first_image);
    item.first_block = share(conv.blocks(), split, conv.block_splits);
    item.end_block = share(conv.blocks(), split + 1, conv.block_splits);
    item.runs = conv.runs + worker * conv.taps();
    item.panel = conv.panels + worker * conv.panel_room();
    body(item);
  });
}

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

// The item's share of a region's positions, tile after tile.
inline void run_region(const IndirectConv& conv, const Region& region, const Item& item, int64_t source_channel,
                       int64_t out_channel, const TileShape& shape, Tile& tile) noexcept {
  const int64_t positions = item.images * region.positions();
  const int64_t begin = share(positions, item.part, conv.parts);
  const int64_t count = share(positions, item.part + 1, conv.parts) - begin;
  if (count == 0) return;
  const float* source[kMaxTileRows];
  float* out[kMaxTileRows];
  tile.source = source;
  tile.out = out;
  Odometer position = walk_positions(conv, region, item, begin);
  const int64_t tiles = ceil_div(count, shape.rows);
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t tile_rows = share(count, t + 1, tiles) - share(count, t, tiles);
    for (int64_t r = 0; r < tile_rows; ++r, position.advance()) {
      source[r] = conv.source + position.first() + source_channel;
      out[r] = conv.out + position.second() + out_channel;
    }
    shape.run[tile_rows - 1](tile);
  }
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
