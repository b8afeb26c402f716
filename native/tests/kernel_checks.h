// kernel_checks.h: each kernel of convolution and matrix product against plain loops.
#pragma once

#include <string>

#include "comparison.h"
#include "kernels.h"
#include "pairs.h"
#include "plain_loops.h"
#include "random_problems.h"
#include "winograd.h"

namespace {

using namespace pellucid;
using std::int64_t;
namespace fast = PELLUCID_ISA;

// Forward, with weights that were packed before: to the bit what weights as they are give, unless packing has changed
// the choice of the method.
bool check_packed(ConvProblem p, Array& x, Array& w, const float* bias, Bounds bounds) {
  static ThreadPool one(1);
  Array output(plain::output_count(p)), room(fast::conv_forward_workspace(p, 1));
  fast::conv_forward(p, x.get(), w.get(), bias, bounds, output.get(), room.get(), one);
  const std::string unpacked_variant = fast::conv_forward_variant(p);
  p.packed = true;
  const bool same_method = unpacked_variant == fast::conv_forward_variant(p);
  Array packed(fast::conv_packed_floats(p)), packing_room(fast::conv_forward_workspace(p, 1));
  if (packed.count() > 0) fast::conv_pack(p, w.get(), packed.get(), packing_room.get(), one);
  const float* const weights = packed.count() > 0 ? packed.get() : w.get();
  if (!packed.margins_untouched() || !packing_room.margins_untouched()) {
    std::printf("conv_pack: wrote outside its arrays\n");
    return false;
  }
  return check(
      "conv_forward, packed", output.count(),
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::conv_forward(p, x.get(), weights, bias, bounds, out, ws, pool);
      },
      [&](int threads) { return fast::conv_forward_workspace(p, threads); }, same_method ? &output : nullptr);
}

bool check_conv(const ConvProblem& p, bool integers, bool with_bias, Bounds bounds) {
  Array x(plain::input_count(p)), w(plain::weight_count(p)), y(plain::output_count(p)), bias(p.out_channels);
  for (Array* array : {&x, &w, &y, &bias}) array->fill(integers ? small_integer : real);
  float* const b = with_bias ? bias.get() : nullptr;
  Array output(y.count()), grad_input(x.count()), grad_weights(w.count());
  if (integers) {
    plain::conv_forward(p, x.get(), w.get(), b, bounds, output.get());
    plain::conv_backward_input(p, y.get(), w.get(), grad_input.get());
    plain::conv_backward_weights(p, x.get(), y.get(), grad_weights.get());
  }
  const bool forward = check(
      "conv_forward", y.count(),
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::conv_forward(p, x.get(), w.get(), b, bounds, out, ws, pool);
      },
      [&](int threads) { return fast::conv_forward_workspace(p, threads); }, integers ? &output : nullptr);
  const bool backward_input = check(
      "conv_backward_input", x.count(),
      [&](float* out, float* ws, ThreadPool& pool) { fast::conv_backward_input(p, y.get(), w.get(), out, ws, pool); },
      [&](int threads) { return fast::conv_backward_input_workspace(p, threads); }, integers ? &grad_input : nullptr);
  const bool backward_weights = check(
      "conv_backward_weights", w.count(),
      [&](float* out, float* ws, ThreadPool& pool) { fast::conv_backward_weights(p, x.get(), y.get(), out, ws, pool); },
      [&](int threads) { return fast::conv_backward_weights_workspace(p, threads); },
      integers ? &grad_weights : nullptr);
  return forward && backward_input && backward_weights && check_packed(p, x, w, b, bounds);
}

// Winograd's passes against plain loops in float64 where the weights differ in size: relative root mean square error.
bool check_winograd(const ConvProblem& p, bool with_bias, Bounds bounds) {
  Array x(plain::input_count(p)), w(plain::weight_count(p)), y(plain::output_count(p)), bias(p.out_channels);
  for (Array* array : {&x, &w, &y, &bias}) array->fill(real);
  float* const b = with_bias ? bias.get() : nullptr;
  Array output(y.count()), grad_input(x.count()), grad_weights(w.count());
  plain::conv_forward(p, x.get(), w.get(), b, bounds, output.get());
  plain::conv_backward_input(p, y.get(), w.get(), grad_input.get());
  plain::conv_backward_weights(p, x.get(), y.get(), grad_weights.get());
  const bool forward = near_enough(
      "winograd forward", output,
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::winograd_convolution(p, false, x.get(), w.get(), {b, bounds, false, out, nullptr}, ws, pool);
      },
      [&](int threads) { return fast::winograd_convolution_workspace(p, false, false, threads); });
  const bool weights = near_enough(
      "winograd backward-weights", grad_weights,
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::winograd_weights(p, x.get(), y.get(), nullptr, out, ws, pool);
      },
      [&](int threads) { return fast::winograd_weights_workspace(p, false, threads); });
  const bool input = p.window.stride[0] > 1 || near_enough(
      "winograd backward-input", grad_input,
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::winograd_convolution(p, true, y.get(), w.get(), {nullptr, kUnbounded, false, out, nullptr}, ws, pool);
      },
      [&](int threads) { return fast::winograd_convolution_workspace(p, true, false, threads); });
  const bool adding = !fast::can_add_back_winograd(p) || near_enough(
      "winograd backward-input, adding", grad_input,
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::winograd_input(p, y.get(), nullptr, w.get(), out, ws, pool);
      },
      [&](int threads) { return fast::winograd_input_workspace(p, false, threads); });
  return forward && weights && input && adding && check_packed(p, x, w, b, bounds);
}

// Rounding to 8 significant bits is wrong by 2^-9 of a number at most, by about 2^-9 / sqrt(3) * 0.7 on average, and
// both factors of each product are rounded; sums of few products may lie at the upper end, or cancel.
constexpr double kPairTolerance = 1.0 / 256;

// In pairs of bfloat16: small whole numbers to the bit, others near float32.
bool check_pairs(ConvProblem p, bool integers, bool with_bias, Bounds bounds) {
  p.bfloat16 = true;
  if (integers) return check_conv(p, true, with_bias, bounds);
  Array x(plain::input_count(p)), w(plain::weight_count(p)), y(plain::output_count(p));
  for (Array* array : {&x, &w, &y}) array->fill(real);
  Array output(y.count()), grad_input(x.count()), grad_weights(w.count());
  plain::conv_forward(p, x.get(), w.get(), nullptr, kUnbounded, output.get());
  plain::conv_backward_input(p, y.get(), w.get(), grad_input.get());
  plain::conv_backward_weights(p, x.get(), y.get(), grad_weights.get());
  const bool forward = near_enough(
      "bfloat16 forward", output,
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::conv_forward(p, x.get(), w.get(), nullptr, kUnbounded, out, ws, pool);
      },
      [&](int threads) { return fast::conv_forward_workspace(p, threads); }, kPairTolerance);
  const bool input = near_enough(
      "bfloat16 backward-input", grad_input,
      [&](float* out, float* ws, ThreadPool& pool) { fast::conv_backward_input(p, y.get(), w.get(), out, ws, pool); },
      [&](int threads) { return fast::conv_backward_input_workspace(p, threads); }, kPairTolerance);
  const bool weights = near_enough(
      "bfloat16 backward-weights", grad_weights,
      [&](float* out, float* ws, ThreadPool& pool) { fast::conv_backward_weights(p, x.get(), y.get(), out, ws, pool); },
      [&](int threads) { return fast::conv_backward_weights_workspace(p, threads); }, kPairTolerance);
  return forward && input && weights;
}

// A convolution with a max pooling behind it, and its gradients, against plain convolutions and the pooling kernels by
// themselves: to the bit where the convolution is direct and the numbers are small and whole, else as above.
bool check_pooled(const ConvProblem& p, Bounds bounds) {
  const PoolProblem pooling = random_pooling(p);
  const int64_t pooled_count = p.batch * plain::points(pooling.window.output) * p.out_channels;
  Array x(plain::input_count(p)), w(plain::weight_count(p)), y(plain::output_count(p)), bias(p.out_channels);
  for (Array* array : {&x, &w, &bias}) array->fill(p.exact ? small_integer : real);
  Array pooled(pooled_count), places(pooled_count), grad(pooled_count), grad_input(x.count()), grad_weights(w.count());
  static ThreadPool one(1);
  plain::conv_forward(p, x.get(), w.get(), bias.get(), bounds, y.get());
  fast::max_pool_places(pooling, y.get(), pooled.get(), places.get(), one);
  grad.fill(p.exact ? small_integer : real);
  fast::max_unpool(pooling, places.get(), grad.get(), y.get(), one);
  plain::conv_backward_input(p, y.get(), w.get(), grad_input.get());
  plain::conv_backward_weights(p, x.get(), y.get(), grad_weights.get());
  Array found_places(pooled_count), found_weights(w.count());
  const auto same = [&](const char* name, Array& expected, const Kernel& kernel, const WorkspaceSize& size) {
    return p.exact ? check(name, expected.count(), kernel, size, &expected) : near_enough(name, expected, kernel, size);
  };
  const bool forward = same(
      "conv_max_pool", pooled,
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::conv_max_pool(p, pooling, x.get(), w.get(), bias.get(), bounds, out, found_places.get(), ws, pool);
      },
      [&](int threads) { return fast::conv_max_pool_workspace(p, pooling, threads); });
  const bool backward = same(
      "conv_max_pool_backward", grad_input,
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::conv_max_pool_backward(p, pooling, x.get(), w.get(), places.get(), grad.get(), found_weights.get(), out, ws,
                                     pool);
      },
      [&](int threads) { return fast::conv_max_pool_backward_workspace(p, pooling, true, threads); });
  const bool weights = same(
      "conv_max_pool_backward, weights alone", grad_weights,
      [&](float* out, float* ws, ThreadPool& pool) {
        fast::conv_max_pool_backward(p, pooling, x.get(), w.get(), places.get(), grad.get(), out, nullptr, ws, pool);
      },
      [&](int threads) { return fast::conv_max_pool_backward_workspace(p, pooling, false, threads); });
  return forward && backward && weights && (!p.exact || found_places.equals(places));
}

// A 1x1 convolution and a depthwise one of its result in one go, against one after the other by plain loops.
bool check_pointwise(const ConvProblem& depthwise, int64_t inputs, Bounds bounds) {
  ConvProblem pointwise = depthwise;
  pointwise.in_channels = inputs;
  pointwise.groups = 1;
  for (int a = 0; a < kSpatial; ++a) {
    WindowGeometry& w = pointwise.window;
    w.output[a] = w.input[a];
    w.kernel[a] = w.stride[a] = w.dilation[a] = 1;
    w.pad[a] = 0;
  }
  Array x(plain::input_count(pointwise)), w(plain::weight_count(pointwise)), between(plain::output_count(pointwise));
  Array deep(plain::weight_count(depthwise)), bias(depthwise.out_channels), y(plain::output_count(depthwise));
  for (Array* array : {&x, &w, &deep, &bias}) array->fill(small_integer);
  plain::conv_forward(pointwise, x.get(), w.get(), bias.get(), bounds, between.get());
  plain::conv_forward(depthwise, between.get(), deep.get(), bias.get(), bounds, y.get());
  return check(
      "pointwise_depthwise", y.count(),
      [&](float* out, float* ws, ThreadPool& pool) {
        const Filters wide = {w.get(), bias.get(), bounds}, narrow = {deep.get(), bias.get(), bounds};
        fast::pointwise_depthwise(pointwise, depthwise, x.get(), wide, narrow, out, ws, pool);
      },
      [&](int threads) { return fast::pointwise_depthwise_workspace(pointwise, depthwise, threads); }, &y);
}

bool check_matmul(const MatmulProblem& p, bool integers) {
  Array a(p.batch * p.m * p.k), b(p.batch * p.k * p.n), c(p.batch * p.m * p.n);
  for (Array* array : {&a, &b}) array->fill(integers ? small_integer : real);
  if (integers) plain::matmul(p, a.get(), b.get(), c.get());
  return check(
      "matmul", c.count(),
      [&](float* out, float* ws, ThreadPool& pool) { fast::matmul(p, a.get(), b.get(), out, ws, pool); },
      [&](int threads) { return fast::matmul_workspace(p, threads); }, integers ? &c : nullptr);
}

}  // namespace
