// plain_loops.h: what the convolution and matrix kernels compute, as the loops of the definition.
//
// The specification and the oracle of the native tests; far too slow for anything else. Padding is skipped, not read.
#pragma once

#include <algorithm>
#include <cstdint>

#include "problems.h"

namespace pellucid::plain {

using std::int64_t;

// Calls body(output point, tap, input point) for every tap of every output of one image that lies inside the input;
// points are counted in row-major order.
template <class Body>
void for_each_product(const WindowGeometry& w, const Body& body) {
  const auto inside = [&w](int axis, int64_t o, int64_t k, int64_t& i) {
    i = o * w.stride[axis] + k * w.dilation[axis] - w.pad[axis];
    return 0 <= i && i < w.input[axis];
  };
  int64_t id, ih, iw;
  for (int64_t od = 0; od < w.output[0]; ++od)
    for (int64_t oh = 0; oh < w.output[1]; ++oh)
      for (int64_t ow = 0; ow < w.output[2]; ++ow)
        for (int64_t kd = 0; kd < w.kernel[0]; ++kd)
          for (int64_t kh = 0; kh < w.kernel[1]; ++kh)
            for (int64_t kw = 0; kw < w.kernel[2]; ++kw)
              if (inside(0, od, kd, id) && inside(1, oh, kh, ih) && inside(2, ow, kw, iw))
                body((od * w.output[1] + oh) * w.output[2] + ow, (kd * w.kernel[1] + kh) * w.kernel[2] + kw,
                     (id * w.input[1] + ih) * w.input[2] + iw);
}

inline int64_t points(const int64_t (&size)[kSpatial]) { return size[0] * size[1] * size[2]; }
inline int64_t input_count(const ConvProblem& p) { return p.batch * points(p.window.input) * p.in_channels; }
inline int64_t output_count(const ConvProblem& p) { return p.batch * points(p.window.output) * p.out_channels; }
inline int64_t weight_count(const ConvProblem& p) {
  return points(p.window.kernel) * p.in_channels / p.groups * p.out_channels;
}

// Calls body(x, w, y) with the offsets of input, weight and output of every single multiplication of a convolution.
template <class Body>
void for_each_multiplication(const ConvProblem& p, const Body& body) {
  const int64_t IC = p.in_channels / p.groups, OC = p.out_channels / p.groups;
  for (int64_t n = 0; n < p.batch; ++n)
    for_each_product(p.window, [&](int64_t output, int64_t tap, int64_t input) {
      for (int64_t g = 0; g < p.groups; ++g)
        for (int64_t ic = 0; ic < IC; ++ic)
          for (int64_t oc = 0; oc < OC; ++oc)
            body((n * points(p.window.input) + input) * p.in_channels + g * IC + ic,
                 (tap * IC + ic) * p.out_channels + g * OC + oc,
                 (n * points(p.window.output) + output) * p.out_channels + g * OC + oc);
    });
}

inline void conv_forward(const ConvProblem& p, const float* input, const float* weights, const float* bias,
                         Bounds bounds, float* output) {
  for (int64_t y = 0; y < output_count(p); ++y) output[y] = bias == nullptr ? 0 : bias[y % p.out_channels];
  for_each_multiplication(p, [&](int64_t x, int64_t w, int64_t y) { output[y] += input[x] * weights[w]; });
  for (int64_t y = 0; y < output_count(p); ++y) {
    output[y] = std::clamp(output[y], bounds.low, bounds.high);
  }
}

inline void conv_backward_input(const ConvProblem& p, const float* grad_output, const float* weights,
                                float* grad_input) {
  for (int64_t x = 0; x < input_count(p); ++x) grad_input[x] = 0;
  for_each_multiplication(p, [&](int64_t x, int64_t w, int64_t y) { grad_input[x] += grad_output[y] * weights[w]; });
}

inline void conv_backward_weights(const ConvProblem& p, const float* input, const float* grad_output,
                                  float* grad_weights) {
  for (int64_t w = 0; w < weight_count(p); ++w) grad_weights[w] = 0;
  for_each_multiplication(p, [&](int64_t x, int64_t w, int64_t y) { grad_weights[w] += input[x] * grad_output[y]; });
}

inline void matmul(const MatmulProblem& p, const float* a, const float* b, float* c) {
  for (int64_t product = 0; product < p.batch; ++product, a += p.m * p.k, b += p.k * p.n, c += p.m * p.n)
    for (int64_t i = 0; i < p.m; ++i)
      for (int64_t j = 0; j < p.n; ++j) {
        float sum = 0;
        for (int64_t k = 0; k < p.k; ++k) {
          sum += a[p.transpose_a ? k * p.m + i : i * p.k + k] * b[p.transpose_b ? j * p.k + k : k * p.n + j];
        }
        c[i * p.n + j] = sum;
      }
}

}  // namespace pellucid::plain
