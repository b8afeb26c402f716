// depthwise_gradient.h: grad_weights of a depthwise convolution, by windows that slide along rows: all taps of some rows
// of the kernel at once, so that a gradient is read once for all of them.
//
// For a row of grad_output, of one vector of channels, and the rows of the input that reach it:
//
//   sums[row][k] += input[row][q * STEP + first + k] * grad[q]      k = 0 .. TAPS - 1, over some neighbouring q
//
// These sums stay in registers; what they come to is added to the sums of all rows then, which keeps errors small.
#pragma once

#include "depthwise_windows.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kGradientPixels = 16;  // neighbouring outputs, at most: their inputs stay in L1

struct GradientTap {
  const float* input;  // the row's first pixel
  float* sums;         // [tap][channel] of the row of the kernel
};

// One row of grad_output, and what it is multiplied with.
struct GradientRow {
  GradientTap taps[kMostRowTaps];
  int64_t tap_count;
  const float* grad;
  int64_t channels;     // floats from pixel to pixel, of both
  int64_t size, first;  // pixels of a row of the input; the pixel of tap 0 at output 0, which may lie before it
  int64_t input_row;    // floats from row to row of the input
  int64_t new_rows;     // so many rows behind that of the last tap are the next ones to be read
};

// `pixels` outputs from `q` on, `count` channels: whole vectors. EDGE: some taps lie outside, and are passed over.
template <int TAPS, int STEP, int ROWS, bool EDGE>
void add_products(const GradientRow& row, const GradientTap* taps, int64_t q, int64_t pixels, int64_t count) noexcept {
  const int64_t channels = row.channels, first = q * STEP + row.first;
  const bool is_last = taps + ROWS == row.taps + row.tap_count;
  for (int64_t channel = 0; channel < count; channel += kLanes) {
    Vector sum[ROWS][TAPS] = {};
    const float* grad = row.grad + q * channels + channel;
    const float* input[ROWS];
    for (int j = 0; j < ROWS; ++j) input[j] = taps[j].input + first * channels + channel;
    for (int64_t i = 0; i < pixels; ++i, grad += channels) {
      const Vector factor = in_register(load(grad));
      __builtin_prefetch(grad + pixels * channels);
      for (int64_t r = 1; is_last && r <= row.new_rows; ++r) {
        for (int s = 0; s < STEP; ++s) __builtin_prefetch(input[ROWS - 1] + r * row.input_row + s * channels);
      }
#pragma GCC unroll 8
      for (int k = 0; k < TAPS; ++k) {
        if (EDGE && (first + i * STEP + k < 0 || first + i * STEP + k >= row.size)) continue;
#pragma GCC unroll 4
        for (int j = 0; j < ROWS; ++j) sum[j][k] += load(input[j] + k * channels) * factor;
      }
#pragma GCC unroll 4
      for (int j = 0; j < ROWS; ++j) input[j] += STEP * channels;
    }
#pragma GCC unroll 4
    for (int j = 0; j < ROWS; ++j) {
#pragma GCC unroll 8
      for (int k = 0; k < TAPS; ++k) {
        float* const to = taps[j].sums + k * channels + channel;
        store(to, load(to) + sum[j][k]);
      }
    }
  }
}

using GradientFunction = void (*)(const GradientRow& row, int64_t q, int64_t pixels, int64_t count) noexcept;

// All rows of the kernel, so many at once that their sums fit into registers.
template <int TAPS, int STEP, bool EDGE>
void add_all_products(const GradientRow& row, int64_t q, int64_t pixels, int64_t count) noexcept {
  constexpr int kRows = TAPS == 3 ? 3 : 2;
  const GradientTap *taps = row.taps, *const end = row.taps + row.tap_count;
  for (; taps + kRows <= end; taps += kRows) add_products<TAPS, STEP, kRows, EDGE>(row, taps, q, pixels, count);
  if (kRows > 2 && end - taps == 2) add_products<TAPS, STEP, 2, EDGE>(row, taps, q, pixels, count);
  if (end - taps == 1) add_products<TAPS, STEP, 1, EDGE>(row, taps, q, pixels, count);
}

struct Gradients {
  GradientFunction inside, edge;
};

template <int TAPS, int STEP>
constexpr Gradients kGradients = {add_all_products<TAPS, STEP, false>, add_all_products<TAPS, STEP, true>};

// Whether there are windows for a problem: kernels whose columns lie side by side, and enough channels for a vector.
inline bool has_gradient_windows(const ConvProblem& problem) noexcept {
  const WindowGeometry& window = problem.window;
  return has_windows(window.kernel[2], window.stride[2]) && window.dilation[2] == 1 &&
         window.kernel[0] * window.kernel[1] <= kMostRowTaps && problem.out_channels >= kLanes;
}

inline Gradients choose_gradients(const WindowGeometry& window) noexcept {
  if (window.kernel[2] == 3) return window.stride[2] == 1 ? kGradients<3, 1> : kGradients<3, 2>;
  return window.stride[2] == 1 ? kGradients<5, 1> : kGradients<5, 2>;
}

// The rows of the input that row (d, h) of grad_output of an image is multiplied with.
inline void list_gradient_taps(const ConvProblem& problem, const float* input, float* sums, int64_t image, int64_t d,
                               int64_t h, GradientRow& row) noexcept {
  const WindowGeometry& window = problem.window;
  row.tap_count = row.new_rows = 0;
  for (int64_t i = 0; i < window.kernel[0]; ++i) {
    const int64_t plane = d * window.stride[0] + i * window.dilation[0] - window.pad[0];
    if (plane < 0 || plane >= window.input[0]) continue;
    for (int64_t j = 0; j < window.kernel[1]; ++j) {
      const int64_t line = h * window.stride[1] + j * window.dilation[1] - window.pad[1];
      if (line < 0 || line >= window.input[1]) continue;
      const int64_t at = (image * window.input[0] + plane) * window.input[1] + line;
      const int64_t tap = (i * window.kernel[1] + j) * window.kernel[2];
      row.taps[row.tap_count++] = {input + at * row.input_row, sums + tap * row.channels};
      row.new_rows = smaller(window.stride[1], window.input[1] - 1 - line);
    }
  }
}

// Adds what rows [begin, end) of grad_output, counted through all images and planes, contribute to the sums of the
// first `count` channels.
inline void slide_gradient(const ConvProblem& problem, const float* input, const float* grad_output, int64_t begin,
                           int64_t end, int64_t count, float* sums) noexcept {
  const WindowGeometry& window = problem.window;
  const Gradients gradients = choose_gradients(window);
  const int64_t width = window.output[2], pieces = ceil_div(width, kGradientPixels);
  GradientRow row;
  row.channels = problem.out_channels;
  row.size = window.input[2];
  row.first = -window.pad[2];
  row.input_row = window.input[2] * row.channels;
  for (int64_t r = begin; r < end; ++r) {
    const int64_t h = r % window.output[1], d = r / window.output[1] % window.output[0];
    list_gradient_taps(problem, input, sums, r / window.output[1] / window.output[0], d, h, row);
    row.grad = grad_output + r * width * row.channels;
    for (int64_t piece = 0; piece < pieces; ++piece) {
      const int64_t q = share(width, piece, pieces), next = share(width, piece + 1, pieces);
      const int64_t first = q * window.stride[2] + row.first;
      const int64_t last = (next - 1) * window.stride[2] + row.first + window.kernel[2];
      (first >= 0 && last <= row.size ? gradients.inside : gradients.edge)(row, q, next - q, count);
    }
  }
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
