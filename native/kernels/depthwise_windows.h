// depthwise_windows.h: a depthwise convolution whose windows slide along rows: several neighbouring outputs at once, so
// that a source pixel is read once for all of them, and a weight once for all too.
//
// For outputs q .. q + OUTPUTS - 1 of a row, of one vector of channels, and the rows of the source that reach them:
//
//   sum[p] += source[row][(q + p) * STEP + first + k] * weights[row][k]      k = 0 .. TAPS - 1
//
// Every source pixel meets the sums that it belongs to, in the order of taps: the order of conv_depthwise.h.
#pragma once

#include "conv_items.h"
#include "lanes.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kMostRowTaps = 64;    // rows of the source that reach an output, of planes and volumes
constexpr int64_t kMostColumnTaps = 5;  // taps of a row of the kernel

struct RowTap {
  const float* source;   // the row's first pixel
  const float* weights;  // the row of the kernel
};

// One row of outputs.
struct WindowRow {
  RowTap taps[kMostRowTaps];
  int64_t tap_count;
  const float* ahead;     // the rows of the source that the next row of outputs is the first to read: the first pixel
  int64_t ahead_rows, row_step;
  int64_t channels;       // floats from pixel to pixel, of the source
  int64_t size, first;    // pixels of a row of the source; the pixel of tap 0 at output 0, which may lie before it
  const int64_t* column;  // where the taps of a row of weights lie
  const float* bias;
  Bounds bounds;
  float* out;
  int64_t out_step;  // floats from output to output
};

// A part of the rows that come next: they lie so far from here that the processor does not fetch them by itself.
template <int PIXELS>
inline void fetch_ahead(const WindowRow& row, int64_t first, int64_t channel) noexcept {
  for (int64_t r = 0; r < row.ahead_rows; ++r) {
    const float* ahead = row.ahead + r * row.row_step + first * row.channels + channel;
#pragma GCC unroll 16
    for (int i = 0; i < PIXELS; ++i) __builtin_prefetch(ahead + i * row.channels);
  }
}

// Outputs from `q` on, of so many channels: whole vectors. EDGE: some pixels lie outside, and are passed over.
using WindowFunction = void (*)(const WindowRow& row, int64_t q, int64_t count) noexcept;

template <int TAPS, int STEP, int OUTPUTS, bool EDGE>
void slide(const WindowRow& row, int64_t q, int64_t count) noexcept {
  constexpr int kPixels = (OUTPUTS - 1) * STEP + TAPS;
  const int64_t first = q * STEP + row.first, channels = row.channels, out_step = row.out_step;
  const int inside = first < 0 ? static_cast<int>(-first) : 0;
  const int outside = static_cast<int>(smaller(kPixels, row.size - first));
  const Vector low = broadcast(row.bounds.low), high = broadcast(row.bounds.high);
  for (int64_t channel = 0; channel < count; channel += kLanes) {
    Vector sum[OUTPUTS] = {};
    for (int64_t t = 0; t < row.tap_count; ++t) {
      Vector weights[TAPS];
#pragma GCC unroll 8
      for (int k = 0; k < TAPS; ++k) weights[k] = load(row.taps[t].weights + row.column[k] + channel);
      const float* source = row.taps[t].source + first * channels + channel;
#pragma GCC unroll 32
      for (int i = 0; i < kPixels; ++i, source += channels) {
        if (EDGE && (i < inside || i >= outside)) continue;
        const Vector pixel = in_register(load(source));
#pragma GCC unroll 8
        for (int k = 0; k < TAPS; ++k) {
          if (i >= k && (i - k) % STEP == 0 && (i - k) / STEP < OUTPUTS) sum[(i - k) / STEP] += pixel * weights[k];
        }
      }
    }
    fetch_ahead<OUTPUTS * STEP>(row, first, channel);
    const Vector bias = row.bias == nullptr ? Vector{} : load(row.bias + channel);
    float* out = row.out + q * out_step + channel;
    const float* next = out + OUTPUTS * out_step;
#pragma GCC unroll 8
    for (int p = 0; p < OUTPUTS; ++p) __builtin_prefetch(next + p * out_step, 1);
#pragma GCC unroll 8
    for (int p = 0; p < OUTPUTS; ++p, out += out_step) {
      Vector value = sum[p] + bias;
      value = value < low ? low : value;  // NaN stays
      value = value > high ? high : value;
      store(out, value);
    }
  }
}

constexpr int kWindowOutputs[] = {8, 7, 4, 1};  // at once; 7 for the 7, 14 and 28 pixels of so many networks

// Of a row of windows: how many at once, and the functions for windows inside and at the edges.
struct Windows {
  int64_t outputs;
  WindowFunction inside, edge;
};

template <int TAPS, int STEP, int OUTPUTS>
constexpr Windows windows_of() noexcept {
  return {OUTPUTS, slide<TAPS, STEP, OUTPUTS, false>, slide<TAPS, STEP, OUTPUTS, true>};
}
template <int TAPS, int STEP>
constexpr Windows windows_for(int64_t positions) noexcept {
  if (positions % 8 != 0 && positions % 7 == 0) return windows_of<TAPS, STEP, 7>();
  if (positions >= 8) return windows_of<TAPS, STEP, 8>();
  return positions >= 4 ? windows_of<TAPS, STEP, 4>() : windows_of<TAPS, STEP, 1>();
}

// Kernels of 3 or 5 columns, at every pixel or every other.
constexpr bool has_windows(int64_t taps, int64_t step) noexcept {
  return (taps == 3 || taps == 5) && (step == 1 || step == 2);
}

// None where the columns are not side by side, or `has_windows` says no.
[[maybe_unused]] Windows choose_windows(const AxisWalk& walk) noexcept {
  for (int64_t k = 1; k < walk.tap_count; ++k) {
    if (walk.taps[k].source != walk.taps[0].source + k) return {};
  }
  const bool each = walk.source_step == 1;
  if (!has_windows(walk.tap_count, walk.source_step)) return {};
  if (walk.tap_count == 3) return each ? windows_for<3, 1>(walk.positions) : windows_for<3, 2>(walk.positions);
  return each ? windows_for<5, 1>(walk.positions) : windows_for<5, 2>(walk.positions);
}

// A row of outputs, all channels of some pixels before the next ones: memory is gone through as it lies. The last
// windows may repeat what those before them wrote, with the same bits.
inline void slide_row(const Windows& windows, const WindowRow& row, const AxisWalk& walk, int64_t count) noexcept {
  const int64_t pixels = (windows.outputs - 1) * walk.source_step + walk.tap_count;
  for (int64_t next = 0; next < walk.positions; next += windows.outputs) {
    const int64_t q = smaller(next, walk.positions - windows.outputs);
    const int64_t first = q * walk.source_step + row.first;
    const bool inside = first >= 0 && first + pixels <= row.size;
    (inside ? windows.inside : windows.edge)(row, q, count);
  }
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
