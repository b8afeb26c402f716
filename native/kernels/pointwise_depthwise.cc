// pointwise_depthwise.cc: depthwise(pointwise(input)) in one go, as an inverted residual begins: what the 1x1 convolution
// gives, several times as large as what it reads, never travels to memory.
//
// An item is a band of rows of outputs of an image, and a block of channels that a tile computes at once. The rows of
// the 1x1 convolution that lie under the kernel are kept in a ring, which stays in L2; new ones are computed as the
// kernel goes down, several at a time where rows are short, so that register tiles are full. Where this cannot be, or
// where the whole stays in the caches anyway, one convolution is computed after the other.
#include "conv_depthwise.h"
#include "conv_indirect.h"
#include "kernels.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kLeastFloats = 32 * 1024;  // of the result between: 128 KiB, more than L1 holds
constexpr int64_t kLeastPixels = 96;  // of an item: fewer do not repay fetching its weights for each image
constexpr int64_t kChunkPixels = 48;  // that are computed at once
constexpr int64_t kItems = 16, kLeastItems = 8;
constexpr int64_t kLeastBandRows = 14;  // those under a kernel at a band's edge are computed by both bands

struct Strips {
  IndirectConv pointwise, depthwise;
  Windows windows;
  int64_t chunk;  // rows of the 1x1 convolution that are computed at once
  int64_t ring;   // rows that are kept: whole chunks
  int64_t bands;  // items per image and block of channels
  float* rows;    // per worker: the ring

  int64_t width() const noexcept { return pointwise.out_size[2]; }
  int64_t ring_floats() const noexcept { return ring * width() * kMaxVectors * kLanes; }
};

int64_t floats_between(const ConvProblem& pointwise) noexcept {
  const auto& size = pointwise.window.output;
  return pointwise.batch * size[0] * size[1] * size[2] * pointwise.out_channels;
}

int64_t bands_of(const ConvProblem& depthwise, int64_t blocks) noexcept {
  const int64_t rows = depthwise.window.output[1];
  return larger(1, smaller(ceil_div(kItems, depthwise.batch * blocks), rows / kLeastBandRows));
}

Strips plan_strips(const ConvProblem& pointwise, const ConvProblem& depthwise, int threads, Workspace& memory) noexcept {
  Strips plan{};
  plan.pointwise = plan_indirect(pointwise, false, threads, memory);
  plan.depthwise = plan_indirect(depthwise, false, threads, memory);
  const WindowGeometry& window = depthwise.window;
  plan.chunk = smaller(window.input[1], ceil_div(kChunkPixels, window.input[2]));
  plan.ring = (ceil_div((window.kernel[1] - 1) * window.dilation[1], plan.chunk) + 1) * plan.chunk;
  plan.bands = bands_of(depthwise, plan.pointwise.blocks());
  plan.rows = memory.take<float>(threads * plan.ring_floats());
  if (!memory.measuring()) plan.windows = choose_windows(plan.depthwise.walks.axis[2][0]);
  return plan;
}

bool by_strips(const ConvProblem& pointwise, const ConvProblem& depthwise) noexcept {
  const WindowGeometry& window = depthwise.window;
  const bool windows = has_windows(window.kernel[2], window.stride[2]);
  const bool plane = window.input[0] == 1 && window.kernel[0] == 1 && window.kernel[1] <= kMostRowTaps;
  if (!windows || !plane || window.dilation[2] != 1 || depthwise.out_channels % kLanes != 0) return false;
  if (floats_between(pointwise) < kLeastFloats || pointwise.bfloat16) return false;
  Workspace memory(nullptr);
  const IndirectConv conv = plan_indirect(pointwise, false, 1, memory);
  const int64_t bands = bands_of(depthwise, conv.blocks()), items = depthwise.batch * conv.blocks() * bands;
  const bool shares = depthwise.batch > 1;  // else weights are fetched for one image either way
  if (items < kLeastItems || (shares && window.input[1] * window.input[2] < kLeastPixels * bands)) return false;
  return !conv.dot && conv.depth_blocks() == 1;
}

// Some pixels of the 1x1 convolution, a block of its columns: one after the other, `block.columns` floats each.
void point(const IndirectConv& conv, const ColumnBlock& block, const float* source, int64_t pixels, Tile tile,
           float* to) noexcept {
  const int64_t tiles = ceil_div(pixels, block.shape->rows);
  const float* sources[kMaxTileRows];
  float* outs[kMaxTileRows];
  tile.source = sources;
  tile.out = outs;
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t first = share(pixels, t, tiles), count = share(pixels, t + 1, tiles) - first;
    for (int64_t r = 0; r < count; ++r) {
      sources[r] = source + (first + r) * conv.depth;
      outs[r] = to + (first + r) * block.columns;
    }
    block.shape->run[count - 1](tile);
  }
}

// The tile of a block of the 1x1 convolution's columns.
Tile point_tile(const IndirectConv& conv, const Item& item, int64_t index, const ColumnBlock& block) noexcept {
  const Panel panel = take_panel(conv, item, index, 0, conv.depth, block);
  item.runs[0] = {0, 0, conv.depth};
  Tile tile{};
  tile.runs = item.runs;
  tile.run_count = 1;
  tile.source_step = 1;
  tile.panel = panel.data;
  tile.panel_step = panel.tile_step;
  tile.columns = block.columns;
  tile.start = conv.bias + block.first;
  tile.bounds = conv.bounds;
  return tile;
}

// Rows [first, last) of the outputs of an image, a block of channels.
void run_band(const Strips& plan, const Item& item, int64_t index, int64_t image, int64_t first, int64_t last,
              float* ring) noexcept {
  const IndirectConv &wide = plan.pointwise, &deep = plan.depthwise;
  const ColumnBlock block = column_block(wide.columns, index);
  const Tile tile = point_tile(wide, item, index, block);
  const AxisWalk &height = deep.walks.axis[1][0], &width = deep.walks.axis[2][0];
  int64_t column[kMostColumnTaps];
  for (int64_t k = 0; k < width.tap_count; ++k) column[k] = k * deep.weights.tap_step;
  const int64_t row_floats = plan.width() * block.columns, source_row = plan.width() * wide.depth;
  const float* const source = wide.source + image * wide.source_size[1] * source_row;
  WindowRow row;
  row.ahead_rows = 0;  // all rows lie in the second-level cache
  row.channels = block.columns;
  row.size = plan.width();
  row.first = width.taps[0].source;
  row.column = column;
  row.bias = deep.bias + block.first;
  row.bounds = deep.bounds;
  row.out_step = deep.out_channels();
  int64_t next = 0;  // row to be computed, the first of a chunk
  for (int64_t h = first; h < last; ++h) {
    const int64_t upper = larger(0, h * height.source_step + height.taps[0].source);
    next = larger(next, upper - upper % plan.chunk);
    row.tap_count = 0;
    for (int64_t k = 0; k < height.tap_count; ++k) {
      const int64_t line = h * height.source_step + height.taps[k].source;
      if (line < 0 || line >= deep.source_size[1]) continue;
      for (; next <= line; next += plan.chunk) {
        const int64_t rows = smaller(plan.chunk, wide.out_size[1] - next);
        point(wide, block, source + next * source_row, rows * plan.width(), tile, ring + next % plan.ring * row_floats);
      }
      row.taps[row.tap_count++] = {ring + line % plan.ring * row_floats,
                                   deep.weights.data + k * deep.kernel[2] * deep.weights.tap_step + block.first};
    }
    row.out = deep.out + (image * deep.out_size[1] + h) * deep.out_size[2] * deep.out_channels() + block.first;
    slide_row(plan.windows, row, width, block.columns);
  }
}

void run_strips(const Strips& plan, ThreadPool& pool) noexcept {
  const IndirectConv& wide = plan.pointwise;
  const int64_t blocks = wide.blocks(), rows = plan.depthwise.out_size[1];
  parallel_for(pool, wide.batch * plan.bands * blocks, [&](int64_t index, int worker) noexcept {
    const int64_t block = index % blocks, band = index / blocks % plan.bands, image = index / blocks / plan.bands;
    Item item{};
    for (int a = 0; a < kSpatial; ++a) item.walk[a] = wide.walks.axis[a];
    item.runs = wide.runs + worker * wide.taps();
    item.panel = wide.panels + worker * wide.panel_room();
    run_band(plan, item, block, image, share(rows, band, plan.bands), share(rows, band + 1, plan.bands),
             plan.rows + worker * plan.ring_floats());
  });
}

}  // namespace

void pointwise_depthwise(const ConvProblem& pointwise, const ConvProblem& depthwise, const float* input,
                         const Filters& wide, const Filters& deep, float* output, float* workspace,
                         ThreadPool& pool) noexcept {
  Workspace memory(workspace);
  if (by_strips(pointwise, depthwise)) {
    Strips plan = plan_strips(pointwise, depthwise, pool.threads(), memory);
    set_operands(plan.pointwise, pointwise, input, wide.weights, pool);
    plan.pointwise.bias = wide.bias;
    plan.pointwise.bounds = wide.bounds;
    plan.depthwise.weights.data = deep.weights;
    plan.depthwise.bias = deep.bias;
    plan.depthwise.bounds = deep.bounds;
    plan.depthwise.out = output;
    run_strips(plan, pool);
    return;
  }
  float* const between = memory.take<float>(floats_between(pointwise));
  float* const rest = memory.take<float>(0);
  conv_forward(pointwise, input, wide.weights, wide.bias, wide.bounds, between, rest, pool);
  conv_forward(depthwise, between, deep.weights, deep.bias, deep.bounds, output, rest, pool);
}

std::int64_t pointwise_depthwise_workspace(const ConvProblem& pointwise, const ConvProblem& depthwise,
                                           int threads) noexcept {
  Workspace memory(nullptr);
  if (by_strips(pointwise, depthwise)) {
    plan_strips(pointwise, depthwise, threads, memory);
    return memory.floats();
  }
  memory.take<float>(floats_between(pointwise));
  memory.take<float>(larger(conv_forward_workspace(pointwise, threads), conv_forward_workspace(depthwise, threads)));
  return memory.floats();
}

const char* pointwise_depthwise_variant(const ConvProblem& pointwise, const ConvProblem& depthwise) noexcept {
  return by_strips(pointwise, depthwise) ? "strip by strip" : "one after the other";
}

}  // namespace pellucid::PELLUCID_ISA
