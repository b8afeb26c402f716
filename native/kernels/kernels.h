// kernels.h: the functions that one instruction set level exports; table.cc lists them in a Kernels.
//
// One declaration per function pointer of kernel_table.h, under the same name; the contracts stand there.
// Include this in every kernel file: the compiler then checks definition against declaration.
#pragma once

#include <cstdint>

#include "elementwise.h"
#include "parallel.h"
#include "problems.h"

#ifndef PELLUCID_ISA
#error "compile kernels with -DPELLUCID_ISA=<level> and -DPELLUCID_VECTOR_FLOATS=<4|8|16>"
#endif

namespace pellucid::PELLUCID_ISA {

// conv_forward.cc
void conv_forward(const ConvProblem& problem, const float* input, const float* weights, const float* bias,
                  Bounds bounds, float* output, float* workspace, ThreadPool& pool) noexcept;
std::int64_t conv_forward_workspace(const ConvProblem& problem, int threads) noexcept;
const char* conv_forward_variant(const ConvProblem& problem) noexcept;
std::int64_t conv_packed_floats(const ConvProblem& problem) noexcept;
void conv_pack(const ConvProblem& problem, const float* weights, float* packed, float* workspace,
               ThreadPool& pool) noexcept;

// conv_max_pool.cc
void conv_max_pool(const ConvProblem& problem, const PoolProblem& pooling, const float* input, const float* weights,
                   const float* bias, Bounds bounds, float* output, float* places, float* workspace,
                   ThreadPool& pool) noexcept;
std::int64_t conv_max_pool_workspace(const ConvProblem& problem, const PoolProblem& pooling, int threads) noexcept;
const char* conv_max_pool_variant(const ConvProblem& problem, const PoolProblem& pooling) noexcept;

// conv_max_pool_backward.cc
void conv_max_pool_backward(const ConvProblem& problem, const PoolProblem& pooling, const float* input,
                            const float* weights, const float* places, const float* grad_output, float* grad_weights,
                            float* grad_input, float* workspace, ThreadPool& pool) noexcept;
std::int64_t conv_max_pool_backward_workspace(const ConvProblem& problem, const PoolProblem& pooling, bool with_input,
                                              int threads) noexcept;
const char* conv_max_pool_backward_variant(const ConvProblem& problem, const PoolProblem& pooling,
                                           bool with_input) noexcept;

// pointwise_depthwise.cc
void pointwise_depthwise(const ConvProblem& pointwise, const ConvProblem& depthwise, const float* input,
                         const Filters& wide, const Filters& deep, float* output, float* workspace,
                         ThreadPool& pool) noexcept;
std::int64_t pointwise_depthwise_workspace(const ConvProblem& pointwise, const ConvProblem& depthwise,
                                           int threads) noexcept;
const char* pointwise_depthwise_variant(const ConvProblem& pointwise, const ConvProblem& depthwise) noexcept;

// conv_backward_input.cc
void conv_backward_input(const ConvProblem& problem, const float* grad_output, const float* weights, float* grad_input,
                         float* workspace, ThreadPool& pool) noexcept;
std::int64_t conv_backward_input_workspace(const ConvProblem& problem, int threads) noexcept;
const char* conv_backward_input_variant(const ConvProblem& problem) noexcept;

// conv_backward_weights.cc
void conv_backward_weights(const ConvProblem& problem, const float* input, const float* grad_output,
                           float* grad_weights, float* workspace, ThreadPool& pool) noexcept;
std::int64_t conv_backward_weights_workspace(const ConvProblem& problem, int threads) noexcept;
const char* conv_backward_weights_variant(const ConvProblem& problem) noexcept;

// winograd_choice.cc; uses_winograd is in winograd.h
const char* winograd_obstacle(const ConvProblem& problem, Pass pass) noexcept;
double winograd_cost(const ConvProblem& problem, Pass pass) noexcept;

// pairs_choice.cc; uses_pairs is in pairs.h
const char* bfloat16_obstacle(const ConvProblem& problem, Pass pass) noexcept;
std::int64_t multiply_add_bfloat16(std::int64_t items, float* output, ThreadPool& pool) noexcept;

// gemm.cc
void matmul(const MatmulProblem& problem, const float* a, const float* b, float* c, float* workspace,
            ThreadPool& pool) noexcept;
std::int64_t matmul_workspace(const MatmulProblem& problem, int threads) noexcept;

// matvec.cc: matmul of one row
void matvec(const MatmulProblem& problem, const float* a, const float* b, float* c, float* workspace,
            ThreadPool& pool) noexcept;
std::int64_t matvec_workspace(const MatmulProblem& problem) noexcept;

// pool.cc
void max_pool(const PoolProblem& problem, const float* input, float* output, ThreadPool& pool) noexcept;
void max_pool_backward(const PoolProblem& problem, const float* input, const float* output, const float* grad_output,
                       float* grad_input, ThreadPool& pool) noexcept;
void max_pool_places(const PoolProblem& problem, const float* input, float* output, float* places,
                     ThreadPool& pool) noexcept;
void max_unpool(const PoolProblem& problem, const float* places, const float* grad_output, float* grad_input,
                ThreadPool& pool) noexcept;
// One sample, without threads; `places` may be null.
void max_pool_sample(const PoolProblem& problem, const float* input, float* output, float* places) noexcept;
void max_pool_select(const PoolProblem& problem, const float* input, const float* output, const float* values,
                     float* selected, ThreadPool& pool) noexcept;
void average_pool(const PoolProblem& problem, const float* input, float* output, ThreadPool& pool) noexcept;
void average_pool_backward(const PoolProblem& problem, const float* grad_output, float* grad_input,
                           ThreadPool& pool) noexcept;

// elementwise.cc
void elementwise(const ElementwiseProblem& problem, const float* const* inputs, float* const* outputs,
                 float* workspace, ThreadPool& pool) noexcept;
std::int64_t elementwise_workspace(const ElementwiseProblem& problem, int threads) noexcept;

// reduce.cc
void reduce_sum(std::int64_t outer, std::int64_t reduced, std::int64_t inner, const float* input, float* output,
                float* workspace, ThreadPool& pool) noexcept;
std::int64_t reduce_sum_workspace(std::int64_t outer, std::int64_t reduced, std::int64_t inner, int threads) noexcept;
void reduce_max(std::int64_t outer, std::int64_t reduced, std::int64_t inner, const float* input, float* output,
                ThreadPool& pool) noexcept;

// finite.cc
bool all_finite(const float* numbers, std::int64_t count) noexcept;

// fma_peak.cc
std::int64_t multiply_add(std::int64_t items, float* output, ThreadPool& pool) noexcept;

// random.cc
void random_uniform(std::uint32_t key0, std::uint32_t key1, std::int64_t count, float* output,
                    ThreadPool& pool) noexcept;

}  // namespace pellucid::PELLUCID_ISA
