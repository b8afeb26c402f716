// winograd_input.cc: the gradient of a convolution's input, as the forward pass turned around step by step.
//
//   dX = sum over tiles of B [ (G g G^T) * (A dY A^T) ] B^T
//
// The tiles are those of the result, so there are fewer of them than winograd_convolution.cc has, which tiles the
// input: 36 instead of 49 where a 3 x 3 kernel makes 24 x 24 of 26 x 26. In exchange the squares that they give overlap
// and are added up. An item is an image, whose squares come in a fixed order.
#include <cstring>

#include "kernels.h"
#include "winograd_gradient.h"
#include "winograd_kernels.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {
namespace {

struct InputGradient {
  Tiling tiling;  // of the forward pass: columns are channels of the result
  ResultGradient gradient;
  float* grad_input;
  float* u;
  float *z, *m;  // per worker: [frequency][tile][column], [frequency][tile][input channel]
  int64_t width, m_pitch;  // input channels in whole vectors; from one frequency to the next in m
  int64_t images;          // of an item; the last may have fewer
};

template <class F>
InputGradient plan_input(const ConvProblem& problem, bool pooled, int threads, Workspace& memory) noexcept {
  InputGradient plan{};
  plan.tiling = make_tiling<F>(problem, false, pooled);
  const Tiling& t = plan.tiling;
  plan.images = smaller(ceil_div(t.batch, kItems), ceil_div(t.block, t.tiles / t.batch));
  plan.width = padded_columns(t.channels);
  plan.m_pitch = t.block * plan.width + kLineFloats;
  plan.u = memory.take<float>(F::kFrequencies * t.columns * plan.width);
  plan.z = memory.take<float>(threads * F::kFrequencies * t.result_pitch);
  plan.m = memory.take<float>(threads * F::kFrequencies * plan.m_pitch);
  return plan;
}

// Adds a square of the gradient, all channels, to those around it.
template <class F>
void add_back(const InputGradient& plan, const TilePlace& place, const float* m) noexcept {
  const Tiling& t = plan.tiling;
  const int64_t row = place.row - t.pad[1], column = place.column - t.pad[2], row_step = t.source_size[2] * t.channels;
  const int64_t pixel = (place.image * t.source_size[1] + row) * t.source_size[2] + column;
  int64_t first_row, end_row, first_column, end_column;
  clip(row, F::kRows, t.source_size[1], &first_row, &end_row);
  clip(column, F::kColumns, t.source_size[2], &first_column, &end_column);
  const bool is_inner = end_row - first_row == F::kRows && end_column - first_column == F::kColumns;
  for (int64_t c = 0; c < t.channels; c += kLanes) {
    const int count = static_cast<int>(smaller(kLanes, t.channels - c));
    const auto from = [&](int i, int j) noexcept { return load(m + c + (i * F::kColumns + j) * plan.m_pitch); };
    const auto add = [&](int i, int j, Vector value) noexcept {
      float* const to = plan.grad_input + pixel * t.channels + c + i * row_step + j * t.channels;
      count == kLanes ? store(to, load(to) + value) : store_part(to, load_part(to, count) + value, count);
    };
    if (is_inner) {
      F::template apply<typename F::GradientOfData>(from, add);
    } else {
      F::template apply<typename F::GradientOfData>(from, [&](int i, int j, Vector value) noexcept {
        if (i >= first_row && i < end_row && j >= first_column && j < end_column) add(i, j, value);
      });
    }
  }
}

template <class F>
void run_input(const InputGradient& plan, const WinogradKernels& kernels, ThreadPool& pool) noexcept {
  const Tiling& t = plan.tiling;
  transform_kernels<F>(kernels, plan.u, pool);
  const int64_t image_tiles = t.tiles / t.batch, image_floats = t.source_size[1] * t.source_size[2] * t.channels;
  parallel_for(pool, ceil_div(t.batch, plan.images), [&](int64_t item, int worker) noexcept {
    float* const z = plan.z + worker * F::kFrequencies * t.result_pitch;
    float* const m = plan.m + worker * F::kFrequencies * plan.m_pitch;
    const int64_t first = item * plan.images, images = smaller(plan.images, t.batch - first);
    std::memset(plan.grad_input + first * image_floats, 0,
                sizeof(float) * static_cast<std::size_t>(images * image_floats));
    const int64_t tiles = images * image_tiles, parts = ceil_div(tiles, t.block);
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t begin = first * image_tiles + share(tiles, part, parts);
      const int64_t count = first * image_tiles + share(tiles, part + 1, parts) - begin;
      transform_gradient<F>(t, plan.gradient, begin, count, z);
      multiply_tiles<F>(kernels, plan.u, count, {z, t.width, t.result_pitch}, {m, plan.width, plan.m_pitch});
      for (int64_t i = 0; i < count; ++i) add_back<F>(plan, tile_place<F>(t, begin + i), m + i * plan.width);
    }
  });
}

}  // namespace

void winograd_input(const ConvProblem& problem, const float* grad_output, const float* places, const float* weights,
                    float* grad_input, float* workspace, ThreadPool& pool) noexcept {
  with_form(problem.window, [&]<class F>() noexcept {
    Workspace memory(workspace);
    InputGradient plan = plan_input<F>(problem, places != nullptr, pool.threads(), memory);
    plan.gradient = {grad_output, places};
    plan.grad_input = grad_input;
    run_input<F>(plan, kernels_of(problem, weights, true, false), pool);
  });
}

int64_t winograd_input_workspace(const ConvProblem& problem, bool pooled, int threads) noexcept {
  Workspace memory(nullptr);
  with_form(problem.window, [&]<class F>() noexcept { plan_input<F>(problem, pooled, threads, memory); });
  return memory.floats();
}

}  // namespace pellucid::PELLUCID_ISA
