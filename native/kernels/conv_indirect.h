// conv_indirect.h: the driver of convolution forward and backward-input.
//
// Both compute, for every position of a walk over the output,
//
//   out[position][c] = sum over taps t and source channels s of source[position + t][s] * panel[t][s][c]
//
// as a matrix product whose rows are found by pointer: tiles of positions, flattened over images, against packed
// weights. Nothing is gathered or padded; border positions run with the taps that lie inside (conv_axis.h).
#pragma once

#include "conv_axis.h"
#include "odometer.h"
#include "parallel.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// A panel is read once per tile and should stay in L2 beside the tile's source: half of the usual 512 KiB.
constexpr int64_t kPanelFloats = 64 * 1024;
// Enough items to balance workers, each worth waking one for (a few microseconds), none so large that its source and
// output leave L2 between two column blocks.
constexpr int64_t kItems = 32;
constexpr int64_t kItemMultiplies = 256 * 1024;
constexpr int64_t kItemPositions = 1024;

// Channels and columns are those of one group unless said otherwise.
struct IndirectConv {
  int64_t batch, groups, depth, columns;  // depth: source channels; columns: output channels
  int64_t source_size[kSpatial], out_size[kSpatial], kernel[kSpatial];
  Walks walks;
  // The cut into items, by sizes only.
  int64_t depth_block;  // source channels per pass over the taps
  int64_t image_block;  // images per item
  int64_t parts;        // or items per image
  int64_t block_splits; // items among which the column blocks are dealt
  // Operands. Packed panels: [group][column block][depth block][tap][channel][width].
  const float* source;
  const float* panel;
  bool packed;          // else `panel` is the weights as they are: [tap][channel][group][column]
  const float* bias;
  bool relu;
  float* out;
  Run* runs;            // one list of at most taps() per worker

  int64_t taps() const noexcept { return kernel[0] * kernel[1] * kernel[2]; }
  int64_t source_channels() const noexcept { return groups * depth; }
  int64_t out_channels() const noexcept { return groups * columns; }
  int64_t blocks() const noexcept { return groups * column_block_count(columns); }
};

inline void cut_work(IndirectConv& conv) noexcept {
  const int64_t width = smaller(padded_columns(conv.columns), kMaxVectors * kLanes);
  conv.depth_block = smaller(conv.depth, larger(kLanes, kPanelFloats / (conv.taps() * width)));

  int64_t positions = 1;  // of one image in one phase
  for (int a = 0; a < kSpatial; ++a) positions *= conv.walks.axis[a][0].positions;
  const int64_t phases = conv.walks.phase_count();
  const int64_t multiplies = ceil_div(conv.taps(), phases) * conv.depth * conv.groups * padded_columns(conv.columns);
  const int64_t least = ceil_div(kItemMultiplies, multiplies);
  const int64_t wanted = ceil_div(conv.batch * positions * phases, kItems);
  const int64_t per_item = larger(least, smaller(wanted, kItemPositions));
  conv.image_block = smaller(conv.batch, larger(1, per_item / positions));
  conv.parts = ceil_div(positions, smaller(positions, per_item));
  const int64_t items = ceil_div(conv.batch, conv.image_block) * conv.parts * phases;
  conv.block_splits = smaller(conv.blocks(), smaller(ceil_div(kItems, items), ceil_div(per_item, least)));
}

// A box of positions that see the same taps.
struct Region {
  const AxisWalk* walk[kSpatial];
  const Segment* segment[kSpatial];

  int64_t positions() const noexcept {
    return segment[0]->positions() * segment[1]->positions() * segment[2]->positions();
  }
  // Tap k of the region, counted from its first.
  const AxisTap& tap(int axis, int64_t k) const noexcept { return walk[axis]->taps[segment[axis]->first_tap + k]; }
  // Source index of tap k relative to the first tap.
  int64_t offset(int axis, int64_t k) const noexcept { return tap(axis, k).source - tap(axis, 0).source; }
};

template <class Body>
void for_each_region(const Walks& walks, int64_t phase, const Body& body) noexcept {
  Region region;
  for (int a = kSpatial - 1; a >= 0; --a) {
    region.walk[a] = &walks.axis[a][phase % walks.phases[a]];
    phase /= walks.phases[a];
  }
  for (int64_t d = 0; d < region.walk[0]->segment_count; ++d) {
    region.segment[0] = region.walk[0]->segments + d;
    for (int64_t h = 0; h < region.walk[1]->segment_count; ++h) {
      region.segment[1] = region.walk[1]->segments + h;
      for (int64_t w = 0; w < region.walk[2]->segment_count; ++w) {
        region.segment[2] = region.walk[2]->segments + w;
        body(region);
      }
    }
  }
}

// The taps of a region as runs of `channels` steps. Taps that touch in the source and in the panel join into one run:
// a whole kernel row, where there is one group and no dilation.
inline int64_t list_runs(const IndirectConv& conv, const Region& region, int64_t channels, int64_t panel_step,
                         int64_t panel_tap, Run* runs) noexcept {
  int64_t count = 0;
  for (int64_t d = 0; d < region.segment[0]->taps(); ++d) {
    for (int64_t h = 0; h < region.segment[1]->taps(); ++h) {
      for (int64_t w = 0; w < region.segment[2]->taps(); ++w) {
        const int64_t row = region.offset(0, d) * conv.source_size[1] + region.offset(1, h);
        const int64_t pixel = row * conv.source_size[2] + region.offset(2, w);
        const int64_t tap = (region.tap(0, d).panel * conv.kernel[1] + region.tap(1, h).panel) * conv.kernel[2] +
                            region.tap(2, w).panel;
        const Run run{pixel * conv.source_channels(), tap * panel_tap, channels};
        Run* const last = runs + count - 1;
        if (count > 0 && last->source + last->count == run.source &&
            last->panel + last->count * panel_step == run.panel) {
          last->count += channels;
        } else {
          runs[count++] = run;
        }
      }
    }
  }
  return count;
}

// The share of one call of the pool's body.
struct Item {
  int64_t phase, first_image, images, part;
  int64_t first_block, end_block;  // column blocks, counted through all groups
};

template <class Body>
void for_each_item(const IndirectConv& conv, ThreadPool& pool, const Body& body) noexcept {
  const int64_t phases = conv.walks.phase_count();
  const int64_t image_blocks = ceil_div(conv.batch, conv.image_block);
  parallel_for(pool, image_blocks * conv.parts * phases * conv.block_splits, [&](int64_t item, int worker) noexcept {
    const int64_t split = item % conv.block_splits;
    item /= conv.block_splits;
    const int64_t phase = item % phases;
    item /= phases;
    const int64_t part = item % conv.parts, first_image = item / conv.parts * conv.image_block;
    body(Item{phase, first_image, smaller(conv.image_block, conv.batch - first_image), part,
              share(conv.blocks(), split, conv.block_splits), share(conv.blocks(), split + 1, conv.block_splits)},
         conv.runs + worker * conv.taps());
  });
}

// Walks the positions of a region in an item's images from number `start` on: offsets into source and out.
inline Odometer walk_positions(const IndirectConv& conv, const Region& region, const Item& item,
                               int64_t start) noexcept {
  OdometerAxis axes[Odometer::kAxes];
  int64_t source_pitch = conv.source_channels(), out_pitch = conv.out_channels(), source = 0, out = 0;
  for (int a = kSpatial - 1; a >= 0; --a) {
    const AxisWalk& walk = *region.walk[a];
    const Segment& segment = *region.segment[a];
    const int64_t tap = segment.taps() > 0 ? region.tap(a, 0).source : 0;
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
                       int64_t out_channel, int rows, const TileFunction* run, Tile& tile) noexcept {
  const int64_t positions = item.images * region.positions();
  const int64_t begin = share(positions, item.part, conv.parts);
  const int64_t count = share(positions, item.part + 1, conv.parts) - begin;
  if (count == 0) return;
  const float* source[kMaxTileRows];
  float* out[kMaxTileRows];
  tile.source = source;
  tile.out = out;
  Odometer position = walk_positions(conv, region, item, begin);
  const int64_t tiles = ceil_div(count, rows);
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t tile_rows = share(count, t + 1, tiles) - share(count, t, tiles);
    for (int64_t r = 0; r < tile_rows; ++r, position.advance()) {
      source[r] = conv.source + position.first() + source_channel;
      out[r] = conv.out + position.second() + out_channel;
    }
    run[tile_rows - 1](tile);
  }
}

// One column block over the item's positions, one depth block after another.
inline void run_block(const IndirectConv& conv, const Item& item, int64_t block, Run* runs) noexcept {
  const int64_t group = block / column_block_count(conv.columns);
  const ColumnBlock columns = column_block(conv.columns, block % column_block_count(conv.columns));
  const int64_t first_column = group * conv.columns + columns.first;
  const int64_t panel_step = conv.packed ? columns.shape->width : conv.out_channels();
  const float* const panel =
      conv.packed ? conv.panel + conv.taps() * conv.depth * (group * padded_columns(conv.columns) + columns.first)
                  : conv.panel + first_column;
  for (int64_t depth = 0; depth < conv.depth; depth += conv.depth_block) {
    const int64_t channels = smaller(conv.depth_block, conv.depth - depth);
    const int64_t panel_tap = (conv.packed ? channels : conv.depth) * panel_step;
    const bool last = depth + channels == conv.depth;
    Tile tile{};
    tile.runs = runs;
    tile.source_step = 1;
    tile.panel = panel + depth * panel_step * (conv.packed ? conv.taps() : 1);
    tile.panel_step = panel_step;
    tile.columns = columns.columns;
    tile.bias = last && conv.bias != nullptr ? conv.bias + first_column : nullptr;
    tile.accumulate = depth > 0;
    tile.relu = last && conv.relu;
    for_each_region(conv.walks, item.phase, [&](const Region& region) noexcept {
      tile.run_count = list_runs(conv, region, channels, panel_step, panel_tap, runs);
      run_region(conv, region, item, group * conv.depth + depth, first_column, columns.shape->rows,
                 columns.shape->run, tile);
    });
  }
}

inline void run_indirect(const IndirectConv& conv, ThreadPool& pool) noexcept {
  for_each_item(conv, pool, [&](const Item& item, Run* runs) noexcept {
    for (int64_t block = item.first_block; block < item.end_block; ++block) run_block(conv, item, block, runs);
  });
}

inline int64_t packed_floats(const IndirectConv& conv) noexcept {
  return conv.taps() * conv.depth * conv.groups * padded_columns(conv.columns);
}

// Packs the panels. pack(tap, group, depth, channels, block, panel) writes `channels` rows from channel `depth` on.
template <class Pack>
void pack_panels(const IndirectConv& conv, float* panels, ThreadPool& pool, const Pack& pack) noexcept {
  constexpr int64_t kPackFloats = 8 * 1024;  // less is packed before another worker would wake up
  const int64_t items = conv.blocks() * conv.taps();
  const int64_t per_item = ceil_div(kPackFloats, conv.depth * kLanes);
  parallel_for(pool, ceil_div(items, per_item), [&](int64_t chunk, int) noexcept {
    for (int64_t item = chunk * per_item; item < smaller(items, (chunk + 1) * per_item); ++item) {
      const int64_t tap = item % conv.taps(), block = item / conv.taps();
      const int64_t group = block / column_block_count(conv.columns);
      const ColumnBlock columns = column_block(conv.columns, block % column_block_count(conv.columns));
      float* const panel = panels + conv.taps() * conv.depth * (group * padded_columns(conv.columns) + columns.first);
      for (int64_t depth = 0; depth < conv.depth; depth += conv.depth_block) {
        const int64_t channels = smaller(conv.depth_block, conv.depth - depth);
        pack(tap, group, depth, channels, columns,
             panel + (depth * conv.taps() + tap * channels) * columns.shape->width);
      }
    }
  });
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
