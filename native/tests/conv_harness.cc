// conv_harness.cc: convolution and matrix kernels of one instruction set level against plain loops, and their speed.
//
//   g++ -std=c++20 -O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast -Inative/include -Inative/kernels
//       -march=x86-64-v4 -mavx512bf16 -mprefer-vector-width=512 -DPELLUCID_ISA=avx512 -DPELLUCID_VECTOR_FLOATS=16
//       native/kernels/{conv_forward,conv_backward_input,conv_backward_weights,conv_max_pool}.cc
//       native/kernels/{conv_max_pool_backward,fma_peak,gemm,matvec,microkernel,pointwise_depthwise,pool}.cc
//       native/kernels/{winograd_choice,winograd_convolution,winograd_input,winograd_weights}.cc
//       native/kernels/{pairs,pairs_choice}.cc
//       native/tests/conv_harness.cc native/runtime/thread_pool.cc -pthread -o conv_harness
//   (without pairs.cc: avx2: -mavx2 -mfma and 8 floats; sse2: 4 floats; add -fsanitize=address,undefined to look for
//   stray accesses)
//   ./conv_harness test [cases] [seed]    random geometries, compared exactly; 1 and 3 threads, compared bit by bit
//   ./conv_harness speed [threads] [problem] [kernel]   percent of the FMA peak measured beside every figure
//
// Exactness: operands are small integers, so every sum is an integer below 2^24 and any order of summation gives the
// same floats. Outputs and workspace start as NaN, and every array has NaN around it: whoever reads too much shows it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "kernel_checks.h"
#include "kernel_speed.h"
#include "random_problems.h"

namespace {

int test(int cases) {
  int failures = 0;
  for (int i = 0; i < cases && failures < 10; ++i) {
    const ConvProblem conv = random_problem();
    if (!check_conv(conv, i % 4 != 3, between(0, 1), random_bounds())) {
      std::printf("  case %d: %s\n", i, describe(conv).c_str());
      ++failures;
    }
    if (has_bfloat16() && !check_pairs(conv, i % 4 != 3, between(0, 1), random_bounds())) {
      std::printf("  case %d, bfloat16: %s\n", i, describe(conv).c_str());
      ++failures;
    }
    const ConvProblem quick = random_winograd_problem();
    if (!check_winograd(quick, between(0, 1), random_bounds())) {
      std::printf("  case %d: %s\n", i, describe(quick).c_str());
      ++failures;
    }
    ConvProblem pooled = i % 2 == 0 ? random_problem() : random_winograd_problem();
    pooled.exact = i % 2 == 0 || i % 3 == 0;
    pooled.bfloat16 = has_bfloat16() && pooled.exact && i % 4 < 2;  // small whole numbers: to the bit
    if (!check_pooled(pooled, random_bounds())) {
      std::printf("  case %d, with pooling: %s\n", i, describe(pooled).c_str());
      ++failures;
    }
    const ConvProblem depthwise = random_depthwise_problem();
    if (!check_conv(depthwise, i % 4 != 3, between(0, 1), random_bounds())) {
      std::printf("  case %d, depthwise: %s\n", i, describe(depthwise).c_str());
      ++failures;
    }
    if (!check_pointwise(depthwise, between(1, 20), random_bounds())) {
      std::printf("  case %d, behind a 1x1 convolution: %s\n", i, describe(depthwise).c_str());
      ++failures;
    }
    const auto size = [] { return pick({1, 2, between(1, 20), between(1, 90), between(1, 300), 64, 128, 513}); };
    MatmulProblem matmul{1, size(), size(), size(), between(0, 1) == 1, between(0, 1) == 1};
    if (i % 3 == 0) matmul.batch = between(1, 1 + 2000000 / (matmul.m * matmul.n * matmul.k));
    if (i % 50 == 0) matmul = {1, between(1, 30), between(1, 30), between(2000, 9000), i % 100 == 0, i % 200 == 0};
    matmul.bfloat16 = has_bfloat16() && i % 2 == 0;
    if (!check_matmul(matmul, i % 4 != 3)) {
      std::printf("  case %d: batch %ld m %ld n %ld k %ld transposed %d %d bfloat16 %d\n", i,
                  static_cast<long>(matmul.batch), static_cast<long>(matmul.m), static_cast<long>(matmul.n), static_cast<long>(matmul.k),
                  matmul.transpose_a, matmul.transpose_b, matmul.bfloat16);
      ++failures;
    }
  }
  std::printf("%d cases, %d failures\n", cases, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "test";
  const int number = argc > 2 ? std::atoi(argv[2]) : 0;
  only_kernel = argc > 4 ? argv[4] : "";
  if (mode == "speed") return speed(std::max(1, number), argc > 3 ? argv[3] : "");
  generator.seed(argc > 3 ? std::atoi(argv[3]) : 1);
  return test(number > 0 ? number : 400);
}
