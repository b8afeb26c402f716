// winograd.h: Winograd's convolution for the three passes: which convolutions, in which form, cut into which blocks.
//
// Outputs are cut into tiles of m x m (winograd_transforms.h). A block of tiles goes through three stages while its
// numbers stay in L2: transform the input (V), one matrix product per frequency (V times U, the transformed kernel;
// for the kernel's gradient V times Z, the transformed gradient), transform back. Keeping the stages of a block
// together is what makes it fast (Z. Jia et al., "L3 fusion", arXiv 1912.02165).
//
// A third spatial axis is not transformed: its taps stand behind each other as further input channels ("depth"), so a
// kernel of k x 3 x 3 saves as much as one of 3 x 3.
#pragma once

#include "panel.h"
#include "parallel.h"
#include "problems.h"
#include "winograd_transforms.h"

namespace pellucid::PELLUCID_ISA {

// Whether a pass of the convolution runs here rather than direct. Decided by sizes alone, so that the same model gives
// the same bits on every run.
bool uses_winograd(const ConvProblem& problem, Pass pass) noexcept;
bool prefers_small_tiles(const ConvProblem& problem) noexcept;                // F(2x2, 3x3) forward, where either would do
const char* winograd_name(const ConvProblem& problem, Pass pass) noexcept;  // "winograd F(4x4, 3x3)"

// What winograd_convolution computes, and where to.
struct WinogradResult {
  const float* bias;  // or null
  Bounds bounds;
  bool pooled;    // the maxima of 2 x 2 results (of 2, along a line) instead of the results; see can_pool
  float* out;     // results, or maxima
  float* places;  // of the maxima: number of the tap; or null
};

// Whether windows lie in tiles: 2 x 2 (1 x 2 along a line), side by side from the first result on.
bool can_pool_winograd(const ConvProblem& problem, const PoolProblem& pooling) noexcept;

// Forward, or the gradient of the input where `backward`: then `source` is the gradient of the output.
void winograd_convolution(const ConvProblem& problem, bool backward, const float* source, const float* weights,
                          const WinogradResult& result, float* workspace, ThreadPool& pool) noexcept;
int64_t winograd_convolution_workspace(const ConvProblem& problem, bool backward, bool pooled, int threads) noexcept;

// The transformed kernel, for forward convolutions that are `packed`.
void winograd_pack(const ConvProblem& problem, const float* weights, float* packed, ThreadPool& pool) noexcept;
int64_t winograd_packed_floats(const ConvProblem& problem) noexcept;

// The gradient of the input by the forward pass turned around (winograd_input.cc), where it can be.
// Here and below `places`, if not null, says that grad_output is that of the maxima; see can_pool_winograd.
void winograd_input(const ConvProblem& problem, const float* grad_output, const float* places, const float* weights,
                    float* grad_input, float* workspace, ThreadPool& pool) noexcept;
int64_t winograd_input_workspace(const ConvProblem& problem, bool pooled, int threads) noexcept;
bool can_add_back_winograd(const ConvProblem& problem) noexcept;
bool adds_back_winograd(const ConvProblem& problem) noexcept;  // and it has no more tiles than the convolution

void winograd_weights(const ConvProblem& problem, const float* input, const float* grad_output, const float* places,
                      float* grad_weights, float* workspace, ThreadPool& pool) noexcept;
int64_t winograd_weights_workspace(const ConvProblem& problem, bool pooled, int threads) noexcept;

namespace {

// body.template operator()<Form>() for the form with n = 6 that fits the kernel: 3 or 5 taps, along one axis or two.
template <class Body>
void with_form(const WindowGeometry& window, const Body& body) noexcept {
  const bool is_plane = window.kernel[1] > 1, is_wide = window.kernel[2] == 5;
  if (is_plane) {
    is_wide ? body.template operator()<Form<2, 5, true>>() : body.template operator()<Form<4, 3, true>>();
  } else {
    is_wide ? body.template operator()<Form<2, 5, false>>() : body.template operator()<Form<4, 3, false>>();
  }
}

// The same for a convolution in that direction: forward it may be F(2x2, 3x3).
template <class Body>
void with_convolution_form(const ConvProblem& problem, bool backward, const Body& body) noexcept {
  if (!backward && prefers_small_tiles(problem)) {
    body.template operator()<Form<2, 3, true>>();
  } else {
    with_form(problem.window, body);
  }
}

// A convolution in the direction in which it is computed: output o of an axis reads source o + tap - pad (for the first
// axis, o * stride + tap * dilation - pad).
struct Tiling {
  int64_t batch, channels, columns;  // channels of the source; columns: channels of the result
  int64_t source_size[kSpatial], out_size[kSpatial], pad[kSpatial];
  int64_t planes, plane_stride, plane_dilation;  // the taps of the first axis
  int64_t rows, row_tiles;                       // tiles along the second and the third axis
  int64_t tiles;                                 // of the whole batch
  int64_t depth, width;                          // channels computed with, of all plane taps; columns in whole vectors
  int64_t block;                                 // tiles of a block; the last may have fewer
  int64_t source_row;                            // from one tile to the next in V: depth, or more
  // From one frequency to the next in V, and in the products or in Z. The odd cache line keeps the values of one tile,
  // which are written together, out of the same sets of the L1 cache.
  int64_t source_pitch, result_pitch;

  int64_t blocks() const noexcept { return ceil_div(tiles, block); }
};

constexpr int64_t kItems = 16;                // enough to balance some workers
constexpr int64_t kMostTiles = 96;            // of a worker's block, and of one sum over tiles: rounding errors add up
constexpr int64_t kLargeKernel = 1024 * 1024;  // floats of a transformed kernel: 4 MiB, more than L2 caches hold

// Where a tile lies: its image, its output plane, and its first output row and column.
struct TilePlace {
  int64_t image, plane, row, column;
};

// Blocks of about so many tiles, all alike, in multiples of `rows`: those of a tile of the microkernel.
inline void cut_into_blocks(Tiling& t, int64_t wanted, int64_t rows = 6) noexcept {
  t.block = ceil_div(ceil_div(t.tiles, ceil_div(t.tiles, wanted)), rows) * rows;
  t.source_pitch = t.block * t.source_row + kLineFloats;
  t.result_pitch = t.block * t.width + kLineFloats;
}

// `pooled`: only results that lie in whole windows of two are wanted.
template <class F>
Tiling make_tiling(const ConvProblem& problem, bool backward, bool pooled = false) noexcept {
  constexpr int64_t kBlockFloats = 112 * 1024;  // V and the products of a block: 448 KiB, about half of L2
  constexpr int64_t kLeastTiles = 24;
  const WindowGeometry& window = problem.window;
  Tiling t{};
  t.batch = problem.batch;
  t.channels = backward ? problem.out_channels : problem.in_channels;
  t.columns = backward ? problem.in_channels : problem.out_channels;
  t.planes = window.kernel[0];
  t.plane_stride = window.stride[0];
  t.plane_dilation = window.dilation[0];
  for (int a = 0; a < kSpatial; ++a) {
    t.source_size[a] = backward ? window.output[a] : window.input[a];
    t.out_size[a] = backward ? window.input[a] : window.output[a];
    const int64_t reach = (window.kernel[a] - 1) * window.dilation[a];
    t.pad[a] = backward ? reach - window.pad[a] : window.pad[a];
  }
  for (int a = F::kOutRows > 1 ? 1 : 2; pooled && a < kSpatial; ++a) t.out_size[a] -= t.out_size[a] % 2;
  t.rows = ceil_div(t.out_size[1], F::kOutRows);
  t.row_tiles = ceil_div(t.out_size[2], F::kOutColumns);
  t.tiles = t.batch * t.out_size[0] * t.rows * t.row_tiles;
  t.depth = t.planes * t.channels;
  t.width = padded_columns(t.columns);
  t.source_row = t.depth;
  const int64_t fitting = kBlockFloats / (F::kFrequencies * (t.depth + t.width));
  cut_into_blocks(t, larger(kLeastTiles, smaller(kMostTiles, smaller(fitting, ceil_div(t.tiles, kItems)))));
  return t;
}

// Of a transformed kernel.
template <class F>
int64_t kernel_floats(const Tiling& t) noexcept {
  return F::kFrequencies * t.depth * t.width;
}

// Blocks for all workers together, stage by stage (where: winograd_convolution.cc, winograd_weights.cc).
template <class F>
void cut_into_stages(Tiling& t) noexcept {
  // V and the products or Z: they pass through the caches once for a block, and so does a kernel, or S. Half as many
  // numbers as that has, but no less than 4 MiB, was best for 256 and for 512 channels.
  const int64_t floats = larger(1024 * 1024, kernel_floats<F>(t) / 2);
  // A tile's row belongs to one worker, who writes whole vectors of every plane tap's channels.
  const int64_t written = t.depth - t.channels + ceil_div(t.channels, kLanes) * kLanes;
  t.source_row = ceil_div(written, kLanes) * kLanes;
  cut_into_blocks(t, larger(t.block, floats / (F::kFrequencies * (t.source_row + t.width))));
}

template <class F>
TilePlace tile_place(const Tiling& t, int64_t tile) noexcept {
  const int64_t row = tile / t.row_tiles, plane = row / t.rows;
  return {plane / t.out_size[0], plane % t.out_size[0], row % t.rows * F::kOutRows,
          tile % t.row_tiles * F::kOutColumns};
}

// A vector of channels at a pixel, or zeros: outside the image, and behind the last channel.
struct Channels {
  const float* data;  // the first channel of the vector in the tile's first pixel; not read outside the image
  int64_t row_step, column_step;
  int64_t first_row, end_row, first_column, end_column;  // of the tile, those inside the image
  int count;                                             // channels, at most kLanes

  Vector at(int i, int j) const noexcept {
    const bool inside = i >= first_row && i < end_row && j >= first_column && j < end_column;
    if (!inside) return Vector{};
    const float* const from = data + i * row_step + j * column_step;
    return count == kLanes ? load(from) : load_part(from, count);
  }
  Vector inner(int i, int j) const noexcept { return load(data + i * row_step + j * column_step); }
};

// The part [first, end) of `tile` elements from `start` on that lies in [0, size).
inline void clip(int64_t start, int64_t tile, int64_t size, int64_t* first, int64_t* end) noexcept {
  *first = smaller(tile, larger(0, -start));
  *end = larger(*first, smaller(tile, size - start));
}

// to[frequency * pitch] = the transform of one tile of one vector of channels.
template <class F, class Transform>
inline void transform_channels(const Channels& from, bool is_inner, float* to, int64_t pitch) noexcept {
  const auto put = [&](int i, int j, Vector value) noexcept { store(to + (i * F::kColumns + j) * pitch, value); };
  if (is_inner) {
    F::template apply<Transform>([&](int i, int j) noexcept { return from.inner(i, j); }, put);
  } else {
    F::template apply<Transform>([&](int i, int j) noexcept { return from.at(i, j); }, put);
  }
}

// One tile of an image plane, all channels: `rows` x `columns` pixels from (row, column) on, of an image
// of size[1] x size[2]; `plane` may lie outside, then everything is zero. Writes up to kLanes - 1 floats behind the
// last channel: what belongs there must be written afterwards.
template <class F, class Transform>
void transform_pixels(const float* image, const int64_t* size, int64_t channels, const TilePlace& place, int rows,
                      int columns, float* to, int64_t pitch) noexcept {
  Channels from{};
  from.column_step = channels;
  from.row_step = size[2] * channels;
  clip(place.row, rows, size[1], &from.first_row, &from.end_row);
  clip(place.column, columns, size[2], &from.first_column, &from.end_column);
  if (place.plane < 0 || place.plane >= size[0]) from.end_row = from.first_row;
  const bool is_inner = from.end_row - from.first_row == rows && from.end_column - from.first_column == columns;
  const int64_t pixel = ((place.image * size[0] + place.plane) * size[1] + place.row) * size[2] + place.column;
  for (int64_t c = 0; c < channels; c += kLanes) {
    from.data = image + pixel * channels + c;
    from.count = static_cast<int>(smaller(kLanes, channels - c));
    transform_channels<F, Transform>(from, is_inner && from.count == kLanes, to + c, pitch);
  }
}

// V of the tiles [begin, begin + count): v[frequency][tile][plane tap and channel].
template <class F>
void transform_source(const Tiling& t, const float* source, int64_t begin, int64_t count, float* v) noexcept {
  for (int64_t i = 0; i < count; ++i) {
    TilePlace place = tile_place<F>(t, begin + i);
    place.row -= t.pad[1];
    place.column -= t.pad[2];
    const int64_t first_plane = place.plane * t.plane_stride - t.pad[0];
    for (int64_t k = 0; k < t.planes; ++k) {
      place.plane = first_plane + k * t.plane_dilation;
      transform_pixels<F, typename F::Data>(source, t.source_size, t.channels, place, F::kRows, F::kColumns,
                                            v + i * t.source_row + k * t.channels, t.source_pitch);
    }
  }
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
