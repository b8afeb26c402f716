// conv_passes.h: the output points of a batch as backward-weights walks them: cut into passes, listed as runs.
//
// A pass is a box of (image, plane, row, column) whose input and grad_output stay in L2 while every tile of weights
// reads them. Rows are kept whole where possible, then planes, then images.
#pragma once

#include "panel.h"
#include "problems.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int kPassAxes = kSpatial + 1;  // image and the spatial axes

struct Box {
  int64_t begin[kPassAxes], count[kPassAxes];
};

struct Passes {
  int64_t size[kPassAxes], block[kPassAxes];
  int64_t blocks(int axis) const noexcept { return ceil_div(size[axis], block[axis]); }
  int64_t count() const noexcept { return blocks(0) * blocks(1) * blocks(2) * blocks(3); }
  int64_t total() const noexcept { return size[0] * size[1] * size[2] * size[3]; }
  int64_t points() const noexcept { return block[0] * block[1] * block[2] * block[3]; }  // of a full pass
};

// `channels` per point, input and output together; `room` floats for a pass of all of them; at least `wanted` passes
// where they do not become tiny.
[[maybe_unused]] Passes cut_passes(const ConvProblem& problem, int64_t channels, int64_t room,
                                   int64_t wanted) noexcept {
  constexpr int64_t kLeastPoints = 96;  // a tile's sums are loaded and stored once per pass: under 3% of its time
  Passes passes{};
  passes.size[0] = problem.batch;
  for (int a = 0; a < kSpatial; ++a) passes.size[a + 1] = problem.window.output[a];
  int64_t points = larger(kLeastPoints, smaller(room / channels, passes.total() / wanted));
  for (int a = kPassAxes - 1; a >= 0; --a) {
    const int64_t fits = larger(1, smaller(points, passes.size[a]));
    passes.block[a] = ceil_div(passes.size[a], ceil_div(passes.size[a], fits));  // equal blocks
    points = fits < passes.size[a] ? 1 : points / passes.size[a];
  }
  return passes;
}

[[maybe_unused]] Box pass_box(const Passes& passes, int64_t index) noexcept {
  Box box;
  for (int a = kPassAxes - 1; a >= 0; --a) {
    box.begin[a] = index % passes.blocks(a) * passes.block[a];
    box.count[a] = smaller(passes.block[a], passes.size[a] - box.begin[a]);
    index /= passes.blocks(a);
  }
  return box;
}

// The part of a pass, counted from its first point, for which one tap lies inside the input.
[[maybe_unused]] Box inside(const WindowGeometry& window, const Box& pass, const int64_t (&tap)[kSpatial]) noexcept {
  Box box;
  box.begin[0] = 0;
  box.count[0] = pass.count[0];
  for (int a = 0; a < kSpatial; ++a) {
    const int64_t stride = window.stride[a], shift = tap[a] * window.dilation[a] - window.pad[a];
    const int64_t first = shift < 0 ? ceil_div(-shift, stride) : 0;
    const int64_t end = shift < window.input[a] ? ceil_div(window.input[a] - shift, stride) : 0;
    box.begin[a + 1] = larger(first - pass.begin[a + 1], 0);
    box.count[a + 1] = larger(0, smaller(end - pass.begin[a + 1], pass.count[a + 1]) - box.begin[a + 1]);
  }
  return box;
}

// An array as a pass sees it: where its first point lies, and how far the neighbours on each axis are [floats].
struct View {
  const float* data;
  int64_t origin;  // may lie before the array, where the first taps of a padded input would
  int64_t pitch[kPassAxes];
};

// A contiguous array of these spatial sizes, seen from its first point.
[[maybe_unused]] View contiguous(const float* data, const int64_t* size, int64_t channels) noexcept {
  View view{data, 0, {}};
  for (int a = kSpatial; a > 0; --a) {
    view.pitch[a] = channels;
    channels *= size[a - 1];
  }
  view.pitch[0] = channels;
  return view;
}

// The points of a box as runs along its rows; rows that continue each other are joined. The pitches are from output
// point to output point, in the input (`source`) and in grad_output (`panel`). Runs count from the box's first point.
[[maybe_unused]] int64_t list_points(const Box& box, const int64_t* source, const int64_t* panel, Run* runs) noexcept {
  if (box.count[3] == 0) return 0;
  int64_t count = 0;
  for (int64_t n = 0; n < box.count[0]; ++n) {
    for (int64_t d = 0; d < box.count[1]; ++d) {
      for (int64_t h = 0; h < box.count[2]; ++h) {
        const Run run{n * source[0] + d * source[1] + h * source[2], n * panel[0] + d * panel[1] + h * panel[2],
                      box.count[3]};
        Run* const last = runs + count - 1;
        if (count > 0 && last->source + last->count * source[3] == run.source &&
            last->panel + last->count * panel[3] == run.panel) {
          last->count += run.count;
        } else {
          runs[count++] = run;
        }
      }
    }
  }
  return count;
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
