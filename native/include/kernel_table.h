// kernel_table.h: the kernels of one instruction set level, as a table of function pointers.
//
// Every file in kernels/ is compiled once per level (sse2, avx2, avx512; neon on ARM) with PELLUCID_ISA naming the
// namespace; each level fills one table, and the runtime picks a table once, at load (isa.h). `workspace` is scratch
// memory, 64-byte aligned, of at least as many floats as the matching *_workspace function says for that number of
// threads; its content is undefined before and after. Kernels never allocate, throw, or look at anything global.
#pragma once

#include <cstdint>

#include "parallel.h"
#include "problems.h"

namespace pellucid {

struct ElementwiseProblem;  // elementwise.h

struct Kernels {
  const char* isa;          // "sse2", "avx2", "avx512", "neon"
  int vector_floats;        // floats in one vector register
  bool bfloat16;            // knows problems that ask for bfloat16; they need a processor with AVX512_BF16 (isa.h)

  // output = bounds(convolution(input, weights) + bias?); bias may be null. Cross-correlation, as in every framework.
  void (*conv_forward)(const ConvProblem&, const float* input, const float* weights, const float* bias, Bounds bounds,
                       float* output, float* workspace, ThreadPool&) noexcept;
  std::int64_t (*conv_forward_workspace)(const ConvProblem&, int threads) noexcept;
  // Weights that stay the same from run to run can be brought into the form in which a `packed` convolution (with or
  // without pooling) reads them once and for all. 0 floats: it reads them as they are. The workspace is that of
  // conv_forward.
  std::int64_t (*conv_packed_floats)(const ConvProblem&) noexcept;
  void (*conv_pack)(const ConvProblem&, const float* weights, float* packed, float* workspace, ThreadPool&) noexcept;
  // max_pool(conv_forward(...)), and the numbers of the winning taps unless `places` is null; the result of the
  // convolution is not kept.
  void (*conv_max_pool)(const ConvProblem&, const PoolProblem&, const float* input, const float* weights,
                        const float* bias, Bounds bounds, float* output, float* places, float* workspace,
                        ThreadPool&) noexcept;
  std::int64_t (*conv_max_pool_workspace)(const ConvProblem&, const PoolProblem&, int threads) noexcept;
  const char* (*conv_max_pool_variant)(const ConvProblem&, const PoolProblem&) noexcept;
  // The gradients of its weights and, unless `grad_input` is null, of its input.
  void (*conv_max_pool_backward)(const ConvProblem&, const PoolProblem&, const float* input, const float* weights,
                                 const float* places, const float* grad_output, float* grad_weights, float* grad_input,
                                 float* workspace, ThreadPool&) noexcept;
  std::int64_t (*conv_max_pool_backward_workspace)(const ConvProblem&, const PoolProblem&, bool with_input,
                                                   int threads) noexcept;
  const char* (*conv_max_pool_backward_variant)(const ConvProblem&, const PoolProblem&, bool with_input) noexcept;
  // A depthwise convolution of a 1x1 convolution, whose own result is not kept.
  void (*pointwise_depthwise)(const ConvProblem& pointwise, const ConvProblem& depthwise, const float* input,
                              const Filters& wide, const Filters& deep, float* output, float* workspace,
                              ThreadPool&) noexcept;
  std::int64_t (*pointwise_depthwise_workspace)(const ConvProblem& pointwise, const ConvProblem& depthwise,
                                                int threads) noexcept;
  const char* (*pointwise_depthwise_variant)(const ConvProblem& pointwise, const ConvProblem& depthwise) noexcept;
  void (*conv_backward_input)(const ConvProblem&, const float* grad_output, const float* weights, float* grad_input,
                              float* workspace, ThreadPool&) noexcept;
  std::int64_t (*conv_backward_input_workspace)(const ConvProblem&, int threads) noexcept;
  void (*conv_backward_weights)(const ConvProblem&, const float* input, const float* grad_output, float* grad_weights,
                                float* workspace, ThreadPool&) noexcept;
  std::int64_t (*conv_backward_weights_workspace)(const ConvProblem&, int threads) noexcept;
  void (*matmul)(const MatmulProblem&, const float* a, const float* b, float* c, float* workspace,
                 ThreadPool&) noexcept;
  std::int64_t (*matmul_workspace)(const MatmulProblem&, int threads) noexcept;

  // Which variant a problem gets, e.g. "direct 6x64" or "winograd F(4x4, 3x3)"; a static string. For `explain`.
  const char* (*conv_forward_variant)(const ConvProblem&) noexcept;
  const char* (*conv_backward_input_variant)(const ConvProblem&) noexcept;
  const char* (*conv_backward_weights_variant)(const ConvProblem&) noexcept;

  // Why a pass cannot run by Winograd's method (a static string; null if it can), and if it can, its cost by the model
  // that decides, where that of the direct kernel is 1.
  const char* (*winograd_obstacle)(const ConvProblem&, Pass) noexcept;
  double (*winograd_cost)(const ConvProblem&, Pass) noexcept;
  bool (*uses_winograd)(const ConvProblem&, Pass) noexcept;

  // Why a pass that asks for bfloat16 is not computed in it, where Winograd's method is not used; null if it is.
  const char* (*bfloat16_obstacle)(const ConvProblem&, Pass) noexcept;
  // Whether a product that may be is.
  bool (*matmul_in_bfloat16)(const MatmulProblem&) noexcept;

  // Pooling. The window's maximum is the first one, in row-major order of the taps; padding never wins.
  void (*max_pool)(const PoolProblem&, const float* input, float* output, ThreadPool&) noexcept;
  void (*max_pool_backward)(const PoolProblem&, const float* input, const float* output, const float* grad_output,
                            float* grad_input, ThreadPool&) noexcept;
  // grad_output goes to the tap whose number stands in `places`, among all of the kernel's in row-major order.
  void (*max_unpool)(const PoolProblem&, const float* places, const float* grad_output, float* grad_input,
                     ThreadPool&) noexcept;
  // The element of `values` at each window's maximum.
  void (*max_pool_select)(const PoolProblem&, const float* input, const float* output, const float* values,
                          float* selected, ThreadPool&) noexcept;
  // The mean over the taps that lie inside the input (padding does not count), as in Keras.
  void (*average_pool)(const PoolProblem&, const float* input, float* output, ThreadPool&) noexcept;
  void (*average_pool_backward)(const PoolProblem&, const float* grad_output, float* grad_input,
                                ThreadPool&) noexcept;

  // The outputs, then the sums; those add up in a fixed order.
  void (*elementwise)(const ElementwiseProblem&, const float* const* inputs, float* const* outputs, float* workspace,
                      ThreadPool&) noexcept;
  std::int64_t (*elementwise_workspace)(const ElementwiseProblem&, int threads) noexcept;

  // input seen as (outer, reduced, inner) -> output (outer, inner). Fixed summation tree.
  void (*reduce_sum)(std::int64_t outer, std::int64_t reduced, std::int64_t inner, const float* input, float* output,
                     float* workspace, ThreadPool&) noexcept;
  std::int64_t (*reduce_sum_workspace)(std::int64_t outer, std::int64_t reduced, std::int64_t inner,
                                       int threads) noexcept;
  void (*reduce_max)(std::int64_t outer, std::int64_t reduced, std::int64_t inner, const float* input, float* output,
                     ThreadPool&) noexcept;

  // count uniform numbers in [0, 1): the top 24 bits of Threefry-2x32-20 words. Element e comes from counter word
  // pair 16 * (e / 32) + e % 16, word (e / 16) % 2, under the two key words.
  void (*random_uniform)(std::uint32_t key0, std::uint32_t key1, std::int64_t count, float* output,
                         ThreadPool&) noexcept;

  // None is NaN or infinite.
  bool (*all_finite)(const float* numbers, std::int64_t count) noexcept;

  // Does nothing but multiply and add in registers, in `items` pieces, each of which leaves a number in output; returns
  // how often. What the processor can do at most.
  std::int64_t (*multiply_add)(std::int64_t items, float* output, ThreadPool&) noexcept;
  std::int64_t (*multiply_add_bfloat16)(std::int64_t items, float* output, ThreadPool&) noexcept;
};

}  // namespace pellucid
