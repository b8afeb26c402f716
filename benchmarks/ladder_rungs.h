// ladder_rungs.h: the five ways to compute one convolution (ladder.cc), and the fourth with tiles of other heights.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels.h"
#include "microkernel.h"

namespace {

using namespace pellucid;
using std::int64_t;
namespace fast = PELLUCID_ISA;

struct Shape {
  int64_t batch, height, width;  // of the output
  int64_t taps;                  // of the kernel, along either axis
  int64_t in_channels, out_channels;

  int64_t in_height() const { return height + taps - 1; }
  int64_t in_width() const { return width + taps - 1; }
  int64_t pixels() const { return height * width; }               // outputs of one image and channel
  int64_t products() const { return taps * taps * in_channels; }  // that make one output
  int64_t input_count() const { return batch * in_height() * in_width() * in_channels; }
  int64_t weight_count() const { return products() * out_channels; }
  int64_t output_count() const { return batch * pixels() * out_channels; }
  double multiplications() const { return static_cast<double>(output_count()) * static_cast<double>(products()); }

  // Where the channels of a pixel begin.
  int64_t input_at(int64_t n, int64_t row, int64_t column) const {
    return ((n * in_height() + row) * in_width() + column) * in_channels;
  }
  int64_t output_at(int64_t n, int64_t row, int64_t column) const {
    return ((n * height + row) * width + column) * out_channels;
  }
  // Where the weights of a tap and an input channel begin.
  int64_t weight_at(int64_t r, int64_t s, int64_t c) const { return ((r * taps + s) * in_channels + c) * out_channels; }
};

// ---- rung 1: the definition ----

// An output is a sum over input channels and taps; one after the other is computed. Neighbours in the innermost loops
// lie far apart in memory, and every addition waits for the one before.
template <class Number>
void plain_loops(const Shape& shape, const float* input, const float* weights, Number* output) {
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t x = 0; x < shape.width; ++x) {
        for (int64_t k = 0; k < shape.out_channels; ++k) {
          Number sum = 0;
          for (int64_t c = 0; c < shape.in_channels; ++c) {
            for (int64_t r = 0; r < shape.taps; ++r) {
              for (int64_t s = 0; s < shape.taps; ++s) {
                sum += static_cast<Number>(input[shape.input_at(n, y + r, x + s) + c]) *
                       static_cast<Number>(weights[shape.weight_at(r, s, c) + k]);
              }
            }
          }
          output[shape.output_at(n, y, x) + k] = sum;
        }
      }
    }
  }
}

// ---- rung 2: the order of memory ----

// to[k] += factor * from[k]: neighbours in memory, and independent, so the compiler makes vectors of them.
inline void add_multiple(float factor, const float* __restrict from, float* __restrict to, int64_t count) {
  for (int64_t k = 0; k < count; ++k) to[k] += factor * from[k];
}

// The same sums, with output channels innermost: they are neighbours in the weights and in the output.
void memory_order(const Shape& shape, const float* input, const float* weights, float* output) {
  std::fill(output, output + shape.output_count(), 0.0f);
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t x = 0; x < shape.width; ++x) {
        float* const sums = output + shape.output_at(n, y, x);
        for (int64_t r = 0; r < shape.taps; ++r) {
          for (int64_t s = 0; s < shape.taps; ++s) {
            const float* const pixel = input + shape.input_at(n, y + r, x + s);
            for (int64_t c = 0; c < shape.in_channels; ++c) {
              add_multiple(pixel[c], weights + shape.weight_at(r, s, c), sums, shape.out_channels);
            }
          }
        }
      }
    }
  }
}

// ---- rung 3: a matrix product, in blocks ----

// Copies what each output of an image sees into one row of a matrix (im2col): the convolution is then the product of
// that matrix and the weights. It holds every input nine times.
void copy_windows(const Shape& shape, const float* image, float* matrix) {
  const int64_t run = shape.taps * shape.in_channels;  // one row of a window: neighbours in memory
  for (int64_t y = 0; y < shape.height; ++y) {
    for (int64_t x = 0; x < shape.width; ++x) {
      for (int64_t r = 0; r < shape.taps; ++r, matrix += run) {
        std::memcpy(matrix, image + shape.input_at(0, y + r, x), sizeof(float) * static_cast<std::size_t>(run));
      }
    }
  }
}

// to[k] += the sum of four multiples: a sum travels from memory and back once per four products.
inline void add_four(const float* factors, const float* __restrict from, float* __restrict to, int64_t count) {
  for (int64_t k = 0; k < count; ++k) {
    to[k] += factors[0] * from[k] + factors[1] * from[count + k] + factors[2] * from[2 * count + k] +
             factors[3] * from[3 * count + k];
  }
}

// to[row][k] += sum over steps of matrix[row][step] * weights[step][k]. All rows meet a block of the weights while that
// is in the L1 cache, before the next block comes.
void multiply_blocks(int64_t rows, int64_t steps, int64_t columns, const float* matrix, const float* weights,
                     float* to) {
  constexpr int64_t kBlock = 72;  // steps; 18 KiB of weights for 64 columns
  for (int64_t first = 0; first < steps; first += kBlock) {
    const int64_t end = std::min(steps, first + kBlock);
    for (int64_t row = 0; row < rows; ++row) {
      const float* const factors = matrix + row * steps;
      float* const sums = to + row * columns;
      int64_t step = first;
      for (; step + 4 <= end; step += 4) add_four(factors + step, weights + step * columns, sums, columns);
      for (; step < end; ++step) add_multiple(factors[step], weights + step * columns, sums, columns);
    }
  }
}

// Image by image, so that the matrix stays in the L2 cache.
void matrix_product(const Shape& shape, const float* input, const float* weights, float* matrix, float* output) {
  std::fill(output, output + shape.output_count(), 0.0f);
  for (int64_t n = 0; n < shape.batch; ++n) {
    copy_windows(shape, input + shape.input_at(n, 0, 0), matrix);
    multiply_blocks(shape.pixels(), shape.products(), shape.out_channels, matrix, weights,
                    output + shape.output_at(n, 0, 0));
  }
}

// ---- rungs 4 and 5: the library's kernels ----

// Exact: sums in registers, by the microkernel, for any geometry (native/kernels/conv_indirect.h). Otherwise, where it
// is cheaper, Winograd's method (native/kernels/winograd.h), which needs a quarter of the multiplications here.
ConvProblem problem_of(const Shape& shape, bool exact) {
  ConvProblem problem{};
  problem.batch = shape.batch;
  problem.in_channels = shape.in_channels;
  problem.out_channels = shape.out_channels;
  problem.groups = 1;
  problem.exact = exact;
  problem.window = {{1, shape.in_height(), shape.in_width()},
                    {1, shape.height, shape.width},
                    {1, shape.taps, shape.taps},
                    {1, 1, 1},   // strides
                    {1, 1, 1},   // dilations
                    {0, 0, 0}};  // padding
  return problem;
}

// ---- rung 4, taken apart ----

// The microkernel itself, in tiles of `height` neighbours in a row of outputs, to see what the height does. A tile's
// steps come in runs, one per kernel row: in each of them the taps' channels are neighbours in memory. Rows of outputs
// are whole tiles here, and so are the output channels; the library cares for the rest as well.
void register_tiles(const Shape& shape, int height, const float* input, const float* weights, float* output) {
  constexpr int64_t kWidest = fast::kMaxVectors * fast::kLanes;
  const fast::TileShape& form = fast::tile_shape(std::min(shape.out_channels, kWidest));
  const int64_t run = shape.taps * shape.in_channels;
  std::vector<fast::Run> runs;
  for (int64_t r = 0; r < shape.taps; ++r) runs.push_back({shape.input_at(0, r, 0), r * run * shape.out_channels, run});
  const float* source[fast::kMaxTileRows];
  float* out[fast::kMaxTileRows];
  fast::Tile tile{source, out, runs.data(), shape.taps, 1, nullptr, shape.out_channels, form.width, nullptr, false};
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t x = 0; x < shape.width; x += height) {
        for (int64_t k = 0; k < shape.out_channels; k += form.width) {
          for (int p = 0; p < height; ++p) {
            source[p] = input + shape.input_at(n, y, x + p);
            out[p] = output + shape.output_at(n, y, x + p) + k;
          }
          tile.panel = weights + k;
          form.run[height - 1](tile);
        }
      }
    }
  }
}

}  // namespace
