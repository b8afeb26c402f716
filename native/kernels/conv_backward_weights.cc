// conv_backward_weights.cc: grad_weights[tap][ic][oc] = sum over images and outputs o of
// input[o * stride + tap * dilation - pad][ic] * grad_output[o][oc].
//
// The register tile of microkernel.h with the output points as steps: rows are (tap, input channel) pairs, the panel
// is grad_output itself. Points come in passes that stay in L2; a tile's sums stay in registers for a whole pass.
// Passes are dealt to chunks with partial sums of their own, combined by a fixed binary tree. Where Winograd's method
// is cheaper and allowed, winograd_weights.cc computes it instead. In pairs of bfloat16 two images are one.
#include "chunks.h"
#include "conv_depthwise.h"
#include "conv_depthwise_weights.h"
#include "conv_passes.h"
#include "depthwise_gradient.h"
#include "kernels.h"
#include "odometer.h"
#include "pairs.h"
#include "winograd.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kChunks = 16;                     // enough to balance some workers
constexpr int64_t kChunkMultiplies = 256 * 1024;    // worth waking a worker for
constexpr int64_t kPartialFloats = 1024 * 1024;     // all partial sums together: 4 MiB, they should stay in L3
constexpr int64_t kPassFloats = 64 * 1024;          // 256 KiB: half of the usual L2
constexpr int64_t kDepthwisePassFloats = 8 * 1024;  // 32 KiB: one multiplication per element and tap wants L1
constexpr int64_t kFewChannels = 8;                 // fewer rows per tap than this: tiles hold several taps
constexpr int64_t kWindowFloats = 32 * 1024;        // the padded input of one pass may take 128 KiB of L2

// How a tile's rows meet the border of the input.
enum class Border {
  kNone,    // every tap is inside for every output: tiles may hold rows of several taps
  kPadded,  // few input channels: each pass copies its small window of the input with zeros around, then as above
  kPerTap,  // a tile keeps to one tap, over the outputs for which it is inside
};

struct Plan {
  ConvProblem problem;   // in pairs: with half the images
  Word word;
  Pairing input_pairing, grad_pairing;
  float *input_pairs, *grad_pairs;
  int64_t IC, OC, taps;  // channels of one group
  bool depthwise;
  int64_t sliding;       // channels, whole vectors, of a depthwise one whose windows slide (depthwise_gradient.h)
  bool transposed;       // few output channels: they become the rows of tiles, input channels the columns
  Border border;
  Passes passes;
  int64_t chunks, row_splits;
  const float *input, *grad_output;
  float* grad_weights;
  float* partials;  // chunks - 1 arrays like grad_weights; chunk 0 sums in grad_weights itself
  int64_t run_room, window_room, panel_room;  // of one worker, in the arrays below
  Run* runs;
  float *window, *panel;

  int64_t rows() const noexcept { return taps * IC; }
  int64_t columns() const noexcept { return transposed ? IC : OC; }  // of a group's tiles
  int64_t blocks() const noexcept { return depthwise ? 1 : problem.groups * column_block_count(columns()); }
  int64_t weight_count() const noexcept { return rows() * problem.out_channels; }
};

bool always_inside(const WindowGeometry& w) noexcept {
  for (int a = 0; a < kSpatial; ++a) {
    if (w.pad[a] > 0) return false;
    if ((w.output[a] - 1) * w.stride[a] + (w.kernel[a] - 1) * w.dilation[a] - w.pad[a] >= w.input[a]) return false;
  }
  return true;
}

// Input positions that `count` outputs of an axis span with all their taps.
int64_t extent(const WindowGeometry& window, int axis, int64_t count) noexcept {
  return (count - 1) * window.stride[axis] + (window.kernel[axis] - 1) * window.dilation[axis] + 1;
}

void choose_border(Plan& plan) noexcept {
  const WindowGeometry& window = plan.problem.window;
  plan.window_room = plan.passes.block[0] * plan.IC;
  for (int a = 0; a < kSpatial; ++a) plan.window_room *= extent(window, a, plan.passes.block[a + 1]);
  if (always_inside(window)) {
    plan.border = Border::kNone;
  } else if (plan.IC < kFewChannels && plan.window_room <= kWindowFloats) {
    plan.border = Border::kPadded;
  } else {
    plan.border = Border::kPerTap;
  }
  if (plan.depthwise || plan.transposed) plan.border = Border::kPerTap;
  if (plan.border != Border::kPadded) plan.window_room = 0;
}

Pairing pair_images(int64_t images, const int64_t (&size)[kSpatial], int64_t channels) noexcept {
  return {1, images, size[0] * size[1] * size[2] * channels};
}

void plan_pairs(Plan& plan, Workspace& workspace) noexcept {
  ConvProblem& problem = plan.problem;
  plan.word = Word::kPair;
  plan.input_pairing = pair_images(problem.batch, problem.window.input, problem.in_channels);
  plan.grad_pairing = pair_images(problem.batch, problem.window.output, problem.out_channels);
  plan.input_pairs = workspace.take<float>(plan.input_pairing.words());
  plan.grad_pairs = workspace.take<float>(plan.grad_pairing.words());
  problem.batch = plan.input_pairing.pairs();
}

Plan make_plan(const ConvProblem& asked, int threads, Workspace& workspace) noexcept {
  Plan plan{};
  plan.problem = asked;
  if (uses_pairs(asked, Pass::kWeights)) plan_pairs(plan, workspace);
  const ConvProblem& problem = plan.problem;
  const WindowGeometry& window = problem.window;
  plan.depthwise = is_depthwise(problem);
  plan.IC = problem.in_channels / problem.groups;
  plan.OC = problem.out_channels / problem.groups;
  plan.transposed = !plan.depthwise && plan.OC <= kDotColumns && plan.IC > plan.OC && whole_vectors(plan.IC);
  plan.taps = window.kernel[0] * window.kernel[1] * window.kernel[2];
  plan.sliding = plan.depthwise && has_gradient_windows(problem) ? plan.OC * problem.groups / kLanes * kLanes : 0;
  plan.passes = plan.depthwise ? cut_passes(problem, 2 * problem.in_channels, kDepthwisePassFloats, kChunks)
                               : cut_passes(problem, plan.IC + plan.OC, kPassFloats, kChunks);
  choose_border(plan);

  const int64_t columns = plan.depthwise ? problem.out_channels : problem.groups * padded_columns(plan.OC);
  const int64_t multiplies = plan.passes.total() * plan.rows() * columns;
  const int64_t items = larger(1, smaller(kChunks, multiplies / kChunkMultiplies));
  plan.chunks = smaller(plan.passes.count(), smaller(items, larger(1, kPartialFloats / plan.weight_count())));
  const int64_t splittable = plan.border == Border::kPerTap ? plan.taps : ceil_div(plan.rows(), kMaxTileRows);
  plan.row_splits = plan.sliding > 0 ? 1 : smaller(splittable, ceil_div(items, plan.chunks * plan.blocks()));

  plan.run_room = plan.passes.block[0] * plan.passes.block[1] * plan.passes.block[2];
  if (!whole_vectors(plan.OC) && !plan.depthwise && !plan.transposed) {
    plan.panel_room = plan.passes.points() * smaller(padded_columns(plan.OC), kMaxVectors * kLanes);
  }
  plan.partials = workspace.take<float>((plan.chunks - 1) * plan.weight_count());
  plan.runs = workspace.take<Run>(threads * plan.run_room);
  plan.window = workspace.take<float>(threads * plan.window_room);
  plan.panel = workspace.take<float>(threads * plan.panel_room);
  return plan;
}

// The input around a pass with zeros for padding: what every tap of every output of the pass reads.
View copy_window(const Plan& plan, const Box& pass, int64_t group, float* copy) noexcept {
  const WindowGeometry& window = plan.problem.window;
  const int64_t channels = plan.problem.in_channels;
  int64_t size[kSpatial], first[kSpatial];
  for (int a = 0; a < kSpatial; ++a) {
    size[a] = extent(window, a, pass.count[a + 1]);
    first[a] = pass.begin[a + 1] * window.stride[a] - window.pad[a];
  }
  const View input = contiguous(plan.input + group * plan.IC, window.input, channels);
  float* to = copy;
  for (int64_t n = pass.begin[0]; n < pass.begin[0] + pass.count[0]; ++n) {
    for (int64_t d = first[0]; d < first[0] + size[0]; ++d) {
      for (int64_t h = first[1]; h < first[1] + size[1]; ++h) {
        const bool row_inside = d >= 0 && d < window.input[0] && h >= 0 && h < window.input[1];
        const float* const row = input.data + n * input.pitch[0] + d * input.pitch[1] + h * input.pitch[2];
        for (int64_t w = first[2]; w < first[2] + size[2]; ++w, to += plan.IC) {
          const bool inside = row_inside && w >= 0 && w < window.input[2];
          for (int64_t c = 0; c < plan.IC; ++c) to[c] = inside ? row[w * channels + c] : 0;
        }
      }
    }
  }
  return contiguous(copy, size, plan.IC);
}

View view_input(const Plan& plan, const Box& pass, int64_t group) noexcept {
  const WindowGeometry& window = plan.problem.window;
  View view = contiguous(plan.input + group * plan.IC, window.input, plan.problem.in_channels);
  view.origin = pass.begin[0] * view.pitch[0];
  for (int a = 0; a < kSpatial; ++a) {
    view.origin += (pass.begin[a + 1] * window.stride[a] - window.pad[a]) * view.pitch[a + 1];
  }
  return view;
}

// One column block of grad_output over a pass: in place, or packed where its columns do not fill their vectors.
View view_panel(const Plan& plan, const Box& pass, int64_t first_column, const ColumnBlock& block,
                float* copy) noexcept {
  View view = contiguous(plan.grad_output + first_column, plan.problem.window.output, plan.problem.out_channels);
  for (int a = 0; a < kPassAxes; ++a) view.origin += pass.begin[a] * view.pitch[a];
  if (plan.panel_room == 0) return view;
  const int64_t width = block.shape->width;
  float* to = copy;
  for (int64_t n = 0; n < pass.count[0]; ++n) {
    for (int64_t d = 0; d < pass.count[1]; ++d) {
      for (int64_t h = 0; h < pass.count[2]; ++h, to += pass.count[3] * width) {
        const int64_t at = view.origin + n * view.pitch[0] + d * view.pitch[1] + h * view.pitch[2];
        pack_rows(view.data + at, view.pitch[3], pass.count[3], block.columns, width, to);
      }
    }
  }
  return contiguous(copy, pass.count + 1, width);
}

// What one item keeps from pass to pass.
struct PassTiles {
  ColumnBlock block;
  int64_t first_column;  // of the block, counted through all groups
  float* out;            // the chunk's sums
  Run* runs;
  bool accumulate;       // not the first pass of its chunk
  View input, panel;     // the pass's operands
};

// The tile with everything that the rows of one column block share, over the given points of the pass.
Tile start_tile(const Plan& plan, const PassTiles& tiles, const Box& points) noexcept {
  int64_t step[kPassAxes] = {tiles.input.pitch[0]};  // from output point to output point, in the input
  int64_t panel_origin = tiles.panel.origin;
  for (int a = 1; a < kPassAxes; ++a) {
    step[a] = tiles.input.pitch[a] * plan.problem.window.stride[a - 1];
    panel_origin += points.begin[a] * tiles.panel.pitch[a];
  }
  Tile tile{};
  tile.runs = tiles.runs;
  tile.run_count = list_points(points, step, tiles.panel.pitch, tiles.runs);
  tile.source_step = step[3];
  tile.panel = tiles.panel.data + panel_origin;
  tile.panel_step = tiles.panel.pitch[3];
  tile.columns = tiles.block.columns;
  tile.accumulate = tiles.accumulate;
  return tile;
}

// Walks the rows of grad_weights from row `begin` on: where they read the input, where they are summed.
Odometer walk_rows(const Plan& plan, const PassTiles& tiles, const Box& points, int64_t begin) noexcept {
  const WindowGeometry& window = plan.problem.window;
  OdometerAxis axes[Odometer::kAxes];
  axes[kSpatial] = {plan.IC, 1, plan.problem.out_channels};
  int64_t origin = tiles.input.origin, pitch = plan.IC * plan.problem.out_channels;
  for (int a = kSpatial - 1; a >= 0; --a) {
    origin += points.begin[a + 1] * window.stride[a] * tiles.input.pitch[a + 1];
    axes[a] = {window.kernel[a], window.dilation[a] * tiles.input.pitch[a + 1], pitch};
    pitch *= window.kernel[a];
  }
  return Odometer(axes, origin, tiles.first_column, begin);
}

// Rows [begin, end) of grad_weights over the given points of the pass.
void run_rows(const Plan& plan, const PassTiles& tiles, const Box& points, int64_t begin, int64_t end) noexcept {
  const float* source[kMaxTileRows];
  float* out[kMaxTileRows];
  Tile tile = start_tile(plan, tiles, points);
  tile.source = source;
  tile.out = out;
  Odometer row = walk_rows(plan, tiles, points, begin);
  const int64_t tile_count = ceil_div(end - begin, tiles.block.shape->rows);
  for (int64_t t = 0; t < tile_count; ++t) {
    const int64_t rows = share(end - begin, t + 1, tile_count) - share(end - begin, t, tile_count);
    for (int64_t r = 0; r < rows; ++r, row.advance()) {
      source[r] = tiles.input.data + row.first();
      out[r] = tiles.out + row.second();
    }
    tiles.block.shape->run[rows - 1](tile);
  }
}

// One tap of the channels that do not slide, each with its own filter.
void run_depthwise_row(const Plan& plan, const PassTiles& tiles, const Box& points, int64_t tap) noexcept {
  const Tile tile = start_tile(plan, tiles, points);
  const Odometer row = walk_rows(plan, tiles, points, tap);
  depthwise_sums<kLanes>({tiles.input.data + row.first(), tile.panel, tile.runs, tile.run_count, tile.source_step,
                          tile.panel_step, plan.problem.out_channels, tile.accumulate, tiles.out + row.second()},
                         plan.sliding);
}

// A chunk's share of all rows of grad_output, for the channels that slide.
void run_sliding(const Plan& plan, int64_t chunk, float* sums) noexcept {
  const WindowGeometry& window = plan.problem.window;
  const int64_t rows = plan.problem.batch * window.output[0] * window.output[1];
  std::memset(sums, 0, sizeof(float) * static_cast<std::size_t>(plan.weight_count()));
  slide_gradient(plan.problem, plan.input, plan.grad_output, share(rows, chunk, plan.chunks),
                 share(rows, chunk + 1, plan.chunks), plan.sliding, sums);
}

// One tap with the roles changed: rows are output channels, the panel is the input, columns are input channels.
void run_transposed(const Plan& plan, const PassTiles& tiles, const Box& points, int64_t tap) noexcept {
  Tile tile = start_tile(plan, tiles, points);
  const Odometer row = walk_rows(plan, tiles, points, tap * plan.IC + tiles.block.first);
  for (Run* run = tiles.runs; run != tiles.runs + tile.run_count; ++run) *run = {run->panel, run->source, run->count};
  const float* source[kDotColumns];
  float sums[kDotColumns][kMaxVectors * kLanes];
  float* out[kDotColumns];
  for (int64_t oc = 0; oc < plan.OC; ++oc) {
    source[oc] = tile.panel + oc;
    out[oc] = sums[oc];
  }
  tile.source = source;
  tile.out = out;
  tile.panel = tiles.input.data + row.first();
  const int64_t step = tile.source_step;
  tile.source_step = tile.panel_step;
  tile.panel_step = step;
  tile.accumulate = false;
  tiles.block.shape->run[plan.OC - 1](tile);
  for (int64_t ic = 0; ic < tiles.block.columns; ++ic) {
    float* const to = tiles.out + row.second() + ic * plan.problem.out_channels;
    for (int64_t oc = 0; oc < plan.OC; ++oc) to[oc] = tiles.accumulate ? to[oc] + sums[oc][ic] : sums[oc][ic];
  }
}

// One split of the rows, or of the taps, over one pass.
void run_pass(const Plan& plan, const PassTiles& tiles, const Box& pass, int64_t split) noexcept {
  if (plan.border != Border::kPerTap) {
    Box points = pass;
    for (int64_t& begin : points.begin) begin = 0;
    run_rows(plan, tiles, points, share(plan.rows(), split, plan.row_splits),
             share(plan.rows(), split + 1, plan.row_splits));
    return;
  }
  const int64_t* const kernel = plan.problem.window.kernel;
  const int64_t end = share(plan.taps, split + 1, plan.row_splits);
  for (int64_t tap = share(plan.taps, split, plan.row_splits); tap < end; ++tap) {
    const Box points = inside(plan.problem.window, pass,
                              {tap / (kernel[1] * kernel[2]), tap / kernel[2] % kernel[1], tap % kernel[2]});
    if (plan.depthwise) {
      run_depthwise_row(plan, tiles, points, tap);
    } else if (plan.transposed) {
      run_transposed(plan, tiles, points, tap);
    } else {
      run_rows(plan, tiles, points, tap * plan.IC, (tap + 1) * plan.IC);
    }
  }
}

// All passes of a chunk, for one column block and one split.
void run_chunk(const Plan& plan, int64_t chunk, int64_t block, int64_t split, int worker) noexcept {
  const int64_t group = block / column_block_count(plan.columns());
  PassTiles tiles;
  tiles.block = column_block(plan.columns(), block % column_block_count(plan.columns()), plan.word);
  tiles.first_column = group * plan.OC + (plan.transposed ? 0 : tiles.block.first);
  tiles.out = chunk_sum(plan.grad_weights, plan.partials, chunk, plan.weight_count());
  tiles.runs = plan.runs + worker * plan.run_room;
  if (plan.sliding > 0) run_sliding(plan, chunk, tiles.out);
  if (plan.sliding == plan.problem.out_channels) return;
  const int64_t begin = share(plan.passes.count(), chunk, plan.chunks);
  const int64_t end = share(plan.passes.count(), chunk + 1, plan.chunks);
  for (int64_t index = begin; index < end; ++index) {
    const Box pass = pass_box(plan.passes, index);
    tiles.accumulate = index > begin;
    tiles.input = plan.border == Border::kPadded
                      ? copy_window(plan, pass, group, plan.window + worker * plan.window_room)
                      : view_input(plan, pass, group);
    tiles.panel = view_panel(plan, pass, tiles.first_column, tiles.block, plan.panel + worker * plan.panel_room);
    run_pass(plan, tiles, pass, split);
  }
}

}  // namespace

void conv_backward_weights(const ConvProblem& problem, const float* input, const float* grad_output,
                           float* grad_weights, float* workspace, ThreadPool& pool) noexcept {
  if (uses_winograd(problem, Pass::kWeights)) {
    winograd_weights(problem, input, grad_output, nullptr, grad_weights, workspace, pool);
    return;
  }
  Workspace memory(workspace);
  Plan plan = make_plan(problem, pool.threads(), memory);
  plan.input = input;
  plan.grad_output = grad_output;
  if (plan.word == Word::kPair) {
    make_pairs(input, plan.input_pairing, plan.input_pairs, pool);
    make_pairs(grad_output, plan.grad_pairing, plan.grad_pairs, pool);
    plan.input = plan.input_pairs;
    plan.grad_output = plan.grad_pairs;
  }
  plan.grad_weights = grad_weights;
  const int64_t blocks = plan.blocks();
  parallel_for(pool, plan.chunks * blocks * plan.row_splits, [&](int64_t item, int worker) noexcept {
    const int64_t split = item % plan.row_splits, block = item / plan.row_splits % blocks;
    run_chunk(plan, item / plan.row_splits / blocks, block, split, worker);
  });
  combine_chunks(grad_weights, plan.partials, plan.chunks, plan.weight_count(), pool);
}

std::int64_t conv_backward_weights_workspace(const ConvProblem& problem, int threads) noexcept {
  if (uses_winograd(problem, Pass::kWeights)) return winograd_weights_workspace(problem, false, threads);
  Workspace memory(nullptr);
  make_plan(problem, threads, memory);
  return memory.floats();
}

const char* conv_backward_weights_variant(const ConvProblem& problem) noexcept {
  if (uses_winograd(problem, Pass::kWeights)) return winograd_name(problem, Pass::kWeights);
  if (is_depthwise(problem)) return "depthwise";
  Workspace memory(nullptr);
  const Plan plan = make_plan(problem, 1, memory);
  return column_block(plan.columns(), 0, plan.word).shape->name;
}

}  // namespace pellucid::PELLUCID_ISA
