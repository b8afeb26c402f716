// conv_depthwise_weights.h: one row of grad_weights where every channel has its own filter (groups == channels).
#pragma once

#include "lanes.h"
#include "microkernel.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// Points of one tap as runs, over all `channels`, which lie along the vectors of both operands.
struct DepthwiseSum {
  const float *input, *grad_output;      // at the first point
  const Run* runs;                       // offsets into input and grad_output
  int64_t run_count, input_step, output_step, channels;
  bool accumulate;
  float* out;
};

template <int LANES, int VECTORS>
inline void depthwise_sum(const DepthwiseSum& sum, int64_t channel) noexcept {
  using L = Lanes<LANES>;
  typename L::Vector total[VECTORS] = {};
  for (const Run* run = sum.runs; run != sum.runs + sum.run_count; ++run) {
    const float* input = sum.input + run->source + channel;
    const float* grad = sum.grad_output + run->panel + channel;
    for (int64_t i = 0; i < run->count; ++i, input += sum.input_step, grad += sum.output_step) {
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; ++v) total[v] += L::load(input + v * LANES) * L::load(grad + v * LANES);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < VECTORS; ++v) {
    float* const out = sum.out + channel + v * LANES;
    L::store(out, sum.accumulate ? L::load(out) + total[v] : total[v]);
  }
}

// All channels from `channel` on: four vectors at a time, then one, then ever narrower ones.
template <int LANES>
void depthwise_sums(const DepthwiseSum& sum, int64_t channel = 0) noexcept {
  if constexpr (LANES == kLanes) {
    for (; channel + 4 * LANES <= sum.channels; channel += 4 * LANES) depthwise_sum<LANES, 4>(sum, channel);
  }
  for (; channel + LANES <= sum.channels; channel += LANES) depthwise_sum<LANES, 1>(sum, channel);
  if constexpr (LANES > 1) depthwise_sums<LANES / 2>(sum, channel);
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
