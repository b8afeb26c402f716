// conv_axis.h: one spatial axis of a convolution, as the indirect kernels walk it.
//
// Position q of an axis reads source index q * source_step + tap.source for every tap, and writes output index
// q * output_step + output_base. Forward is one such walk. Backward-input is one walk per residue (phase) of the
// stride: input index i = phase + q * stride hears from output o through tap k when o * stride + k * dilation - pad
// = i, that is o = q + (phase + pad - k * dilation) / stride, for the taps where this divides.
// Padding is not read: an axis is cut into segments of positions that see the same taps inside the source, and a
// kernel runs each box of segments with exactly the taps that count.
#pragma once

#include "panel.h"
#include "problems.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {
namespace {

struct AxisTap {
  int64_t source;  // source index at position 0, may be negative; rises from tap to tap
  int64_t kernel;  // index in the kernel
};

struct Segment {
  int64_t begin, end;          // positions
  int64_t first_tap, end_tap;  // the taps that lie inside; may be none
  int64_t positions() const noexcept { return end - begin; }
  int64_t taps() const noexcept { return end_tap - first_tap; }
};

struct AxisWalk {
  int64_t positions, source_step, output_step, output_base;
  int64_t tap_count, segment_count;
  AxisTap* taps;
  Segment* segments;
};

// Room for a walk of at most `taps` taps. Taps come and go one by one along an axis: <= 2 * taps + 1 segments.
[[maybe_unused]] void take_walk(AxisWalk& walk, int64_t taps, Workspace& workspace) noexcept {
  walk.taps = workspace.take<AxisTap>(taps);
  walk.segments = workspace.take<Segment>(2 * taps + 1);
}

[[maybe_unused]] void cut_segments(AxisWalk& walk, int64_t source_size) noexcept {
  const AxisTap* taps = walk.taps;
  const int64_t step = walk.source_step;
  int64_t first = walk.tap_count, end = walk.tap_count;  // taps >= first have entered, taps >= end have left
  walk.segment_count = 0;
  for (int64_t q = 0, next; q < walk.positions; q = next) {
    while (first > 0 && q * step + taps[first - 1].source >= 0) --first;
    while (end > 0 && q * step + taps[end - 1].source >= source_size) --end;
    next = walk.positions;
    if (first > 0) next = smaller(next, ceil_div(-taps[first - 1].source, step));
    if (end > 0) next = smaller(next, ceil_div(source_size - taps[end - 1].source, step));
    walk.segments[walk.segment_count++] = {q, next, smaller(first, end), end};
  }
}

[[maybe_unused]] void walk_forward(AxisWalk& walk, const WindowGeometry& window, int axis) noexcept {
  walk.positions = window.output[axis];
  walk.source_step = window.stride[axis];
  walk.output_step = 1;
  walk.output_base = 0;
  walk.tap_count = window.kernel[axis];
  for (int64_t k = 0; k < walk.tap_count; ++k) {
    walk.taps[k] = {k * window.dilation[axis] - window.pad[axis], k};
  }
  cut_segments(walk, window.input[axis]);
}

// Taps run backwards here, so that source indices rise.
[[maybe_unused]] void walk_backward(AxisWalk& walk, const WindowGeometry& window, int axis, int64_t phase) noexcept {
  const int64_t stride = window.stride[axis], kernel = window.kernel[axis];
  walk.positions = ceil_div(window.input[axis] - phase, stride);
  walk.source_step = 1;
  walk.output_step = stride;
  walk.output_base = phase;
  walk.tap_count = 0;
  for (int64_t k = kernel - 1; k >= 0; --k) {
    const int64_t distance = phase + window.pad[axis] - k * window.dilation[axis];
    if (distance % stride == 0) walk.taps[walk.tap_count++] = {distance / stride, k};
  }
  cut_segments(walk, window.output[axis]);
}

// Walks of all phases of all axes; forward has one phase per axis.
struct Walks {
  AxisWalk* axis[kSpatial];
  int64_t phases[kSpatial];
  int64_t phase_count() const noexcept { return phases[0] * phases[1] * phases[2]; }
};

[[maybe_unused]] Walks take_walks(const WindowGeometry& window, bool backward, Workspace& workspace) noexcept {
  Walks walks;
  for (int a = 0; a < kSpatial; ++a) {
    walks.phases[a] = backward ? smaller(window.stride[a], window.input[a]) : 1;
    walks.axis[a] = workspace.take<AxisWalk>(walks.phases[a]);
    for (int64_t phase = 0; phase < walks.phases[a]; ++phase) {
      AxisWalk walk;
      take_walk(walk, window.kernel[a], workspace);
      if (!workspace.measuring()) {
        backward ? walk_backward(walk, window, a, phase) : walk_forward(walk, window, a);
        walks.axis[a][phase] = walk;
      }
    }
  }
  return walks;
}

// A box of positions that see the same taps.
struct Region {
  const AxisWalk* walk[kSpatial];
  const Segment* segment[kSpatial];

  int64_t positions() const noexcept {
    return segment[0]->positions() * segment[1]->positions() * segment[2]->positions();
  }
  // Source index of tap k, counted from the region's first, relative to that.
  int64_t offset(int axis, int64_t k) const noexcept {
    const AxisTap* const first = walk[axis]->taps + segment[axis]->first_tap;
    return first[k].source - first[0].source;
  }
};

template <class Body>
void for_each_region(const AxisWalk* const (&walk)[kSpatial], const Body& body) noexcept {
  Region region{{walk[0], walk[1], walk[2]}, {}};
  for (int64_t d = 0; d < walk[0]->segment_count; ++d) {
    region.segment[0] = walk[0]->segments + d;
    for (int64_t h = 0; h < walk[1]->segment_count; ++h) {
      region.segment[1] = walk[1]->segments + h;
      for (int64_t w = 0; w < walk[2]->segment_count; ++w) {
        region.segment[2] = walk[2]->segments + w;
        body(region);
      }
    }
  }
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
