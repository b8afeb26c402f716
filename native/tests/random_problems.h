// random_problems.h: geometries of all kinds, small enough for plain loops.
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "operands.h"
#include "plain_loops.h"
#include "problems.h"

namespace {

using namespace pellucid;
using std::int64_t;

// Whether problems in pairs of bfloat16 can be run here.
bool has_bfloat16() {
#if defined(__AVX512BF16__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

Bounds random_bounds() {
  const float infinity = std::numeric_limits<float>::infinity();
  const Bounds all[] = {kUnbounded, {0, infinity}, {0, 6}, {-2, 3}};
  return all[between(0, 3)];
}

std::string describe(const ConvProblem& p) {
  std::string text = "batch " + std::to_string(p.batch) + " channels " + std::to_string(p.in_channels) + "->" +
                     std::to_string(p.out_channels) + " groups " + std::to_string(p.groups);
  const auto add = [&text](const char* name, const int64_t (&values)[kSpatial]) {
    text += std::string(" ") + name;
    for (int64_t value : values) text += " " + std::to_string(value);
  };
  add("input", p.window.input);
  add("output", p.window.output);
  add("kernel", p.window.kernel);
  add("stride", p.window.stride);
  add("dilation", p.window.dilation);
  add("pad", p.window.pad);
  return text;
}

double multiplications(const ConvProblem& p) {
  double count = 0;
  plain::for_each_product(p.window, [&](int64_t, int64_t, int64_t) { count += 1; });
  return count * p.batch * p.in_channels / p.groups * p.out_channels;
}

void pick_channels(ConvProblem& p) {
  static const std::vector<int64_t> sizes{1,  2,  3,  4,  5,  7,  8,  9,  12, 15, 16, 17,
                                          24, 31, 32, 33, 48, 63, 64, 65, 80, 97, 130};
  switch (between(0, 5)) {
    case 0:  // one filter per channel
      p.groups = p.in_channels = p.out_channels = pick(sizes) + 1;
      break;
    case 1:
      p.groups = between(2, 5);
      p.in_channels = p.groups * between(1, 20);
      p.out_channels = p.groups * pick({1, 2, 3, 4, 8, 11, 16, 20});
      break;
    default:
      p.groups = 1;
      p.in_channels = between(0, 9) == 0 ? between(100, 700) : pick(sizes);
      p.out_channels = between(0, 9) == 0 ? between(100, 300) : pick(sizes);
  }
}

ConvProblem random_problem() {
  constexpr double kMultiplications = 1.5e6;  // what plain loops do in a few milliseconds
  while (true) {
    ConvProblem p{};
    p.exact = true;
    p.batch = pick({1, 1, 2, 3, 7, 20});
    const int64_t rank = between(1, 3);
    bool valid = true;
    for (int a = 0; a < kSpatial; ++a) {
      const bool used = a >= kSpatial - rank;
      WindowGeometry& w = p.window;
      w.input[a] = used ? between(1, rank == 1 ? 60 : rank == 2 ? 16 : 8) : 1;
      w.kernel[a] = used ? between(1, rank == 1 ? 9 : 4) : 1;
      w.stride[a] = used ? pick({1, 1, 2, 3}) : 1;
      w.dilation[a] = used ? pick({1, 1, 2, 3}) : 1;
      const int64_t extent = (w.kernel[a] - 1) * w.dilation[a] + 1;
      w.pad[a] = used ? pick({0, 0, extent / 2, extent - 1, between(0, extent + 2)}) : 0;
      const int64_t behind = used ? pick({0, w.pad[a], extent - 1, between(0, extent + 2)}) : 0;
      const int64_t room = w.input[a] + w.pad[a] + behind - extent;
      w.output[a] = room < 0 ? 0 : room / w.stride[a] + 1;
      valid = valid && room >= 0;
    }
    pick_channels(p);
    if (valid && multiplications(p) <= kMultiplications) return p;
  }
}

ConvProblem random_winograd_problem() {
  while (true) {
    ConvProblem p{};
    p.batch = pick({1, 2, 3, 7, 8, 10});
    p.groups = 1;
    p.in_channels = pick({9, 16, 17, 20, 32, 33, 48, 65, 130});
    p.out_channels = pick({9, 16, 19, 24, 32, 33, 50, 64, 65, 80});
    const int64_t rank = between(1, 3), taps = pick({3, 3, 5});
    for (int a = 0; a < kSpatial; ++a) {
      const bool used = a >= kSpatial - rank, is_plane = a == 0;
      WindowGeometry& w = p.window;
      w.kernel[a] = !used ? 1 : is_plane ? between(1, 3) : taps;
      w.dilation[a] = is_plane && used ? between(1, 2) : 1;
      w.stride[a] = is_plane && used ? between(1, 2) : 1;
      w.pad[a] = used ? between(0, 3) : 0;
      const int64_t extent = (w.kernel[a] - 1) * w.dilation[a] + 1;
      w.input[a] = used ? between(extent, rank == 1 ? 60 : rank == 2 ? 20 : 9) : 1;
      w.output[a] = (w.input[a] + w.pad[a] + (used ? between(0, 3) : 0) - extent) / w.stride[a] + 1;
    }
    if (multiplications(p) <= 3e7) return p;
  }
}

// Of planes, large enough to be computed strip by strip now and then.
ConvProblem random_depthwise_problem() {
  while (true) {
    ConvProblem p{};
    p.exact = true;
    p.batch = pick({1, 2, 8, 9});
    p.groups = p.in_channels = p.out_channels = pick({2, 15, 16, 32, 48, 80, 160});
    for (int a = 0; a < kSpatial; ++a) {
      const bool used = a > 0;
      WindowGeometry& w = p.window;
      w.kernel[a] = used ? pick({3, 3, 5, 2}) : 1;
      w.stride[a] = used ? pick({1, 1, 2, 3}) : 1;
      w.dilation[a] = used ? pick({1, 1, 1, 2}) : 1;
      w.pad[a] = used ? between(0, 2) : 0;
      const int64_t extent = (w.kernel[a] - 1) * w.dilation[a] + 1;
      w.input[a] = used ? between(extent, 40) : 1;
      w.output[a] = (w.input[a] + w.pad[a] + (used ? between(0, 2) : 0) - extent) / w.stride[a] + 1;
    }
    if (multiplications(p) <= 3e6) return p;
  }
}

// Windows of two, side by side, as far as the axes go; or any.
PoolProblem random_pooling(const ConvProblem& p) {
  PoolProblem pooling{p.batch, p.out_channels, {}};
  const bool any = between(0, 2) == 0;
  WindowGeometry& w = pooling.window;
  for (int a = 0; a < kSpatial; ++a) {
    w.input[a] = p.window.output[a];
    w.kernel[a] = std::min(w.input[a], any ? between(1, 3) : a > 0 ? 2 : 1);
    w.stride[a] = any ? between(1, 3) : w.kernel[a];
    w.dilation[a] = 1;
    w.pad[a] = any ? between(0, w.kernel[a] - 1) : 0;
    w.output[a] = (w.input[a] + w.pad[a] - w.kernel[a]) / w.stride[a] + 1;
  }
  return pooling;
}

}  // namespace
