// conv_items.h: a convolution that runs over its source in place, and its cut into items, one per call of a worker.
//
// The cut depends on sizes alone, never on the number of threads.
#pragma once

#include "conv_axis.h"
#include "microkernel.h"
#include "pairs.h"
#include "parallel.h"

namespace pellucid::PELLUCID_ISA {
namespace {

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
  bool depthwise() const noexcept { return groups > 1 && depth == 1 && columns == 1 && word == Word::kFloat; }
  int64_t depth_blocks() const noexcept { return ceil_div(depth, depth_block); }
  int64_t panel_room() const noexcept {
    return in_place ? 0 : taps() * depth_block * smaller(padded_columns(columns), kMaxVectors * kLanes);
  }
};

// Items of about `per_item` of the `positions` of an image: whole images, or equal parts of one. These are 2, 4, 8, ...:
// then a worker's share is the same part of the image in layers of all sizes, and what he wrote in one he finds in his
// own cache in the next.
inline void deal_positions(IndirectConv& conv, int64_t positions, int64_t per_item) noexcept {
  conv.image_block = smaller(conv.batch, larger(1, (per_item + positions / 2) / positions));
  const int64_t wanted = ceil_div(positions, smaller(positions, per_item));
  for (conv.parts = 1; conv.parts < wanted;) conv.parts *= 2;
}

constexpr int64_t kWantedItems = 32, kItemMultiplies = 256 * 1024;  // of a matrix product: a few microseconds
constexpr int64_t kMostPositions = 1024;  // their source and output stay in L2 from column block to column block

// An item of a depthwise convolution has all channels of its positions, and no panel to repay. A multiplication takes as
// long as four of a matrix product: none of its operands is in a register already.
inline void cut_depthwise(IndirectConv& conv, int64_t positions, int64_t phases) noexcept {
  const int64_t total = conv.batch * positions * phases, multiplies = 4 * ceil_div(conv.taps(), phases) * conv.groups;
  const int64_t wanted = larger(1, smaller(kWantedItems, total * multiplies / kItemMultiplies));
  conv.block_splits = 1;
  deal_positions(conv, positions, larger(1, smaller(kMostPositions, total / wanted)));
}

// Enough items to balance workers, each worth waking one for (a few microseconds): first by positions, as long as an
// item has enough of them to repay its panel, then by column blocks, and where that gives too few, by positions again.
inline void cut_work(IndirectConv& conv) noexcept {
  constexpr int64_t kLeastItems = 8;
  constexpr int64_t kLeastPositions = 256;  // packing a panel costs about as much as 3 to 6 positions
  constexpr int64_t kLeastPacked = 96;      // reading one from memory, as much as some tens
  constexpr int64_t kParts = 4;             // of an image, if column blocks make enough items of them
  int64_t positions = 1;                    // of one image in one phase
  for (int a = 0; a < kSpatial; ++a) positions *= conv.walks.axis[a][0].positions;
  const int64_t phases = conv.walks.phase_count(), total = conv.batch * positions * phases;
  if (conv.depthwise()) return cut_depthwise(conv, positions, phases);
  const int64_t multiplies = ceil_div(conv.taps(), phases) * conv.depth * conv.groups * padded_columns(conv.columns);
  const int64_t wanted = larger(1, smaller(kWantedItems, total * multiplies / kItemMultiplies));
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

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
