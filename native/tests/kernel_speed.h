// kernel_speed.h: how fast the kernels are, as a share of the FMA peak measured beside every figure.
#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>

#include "kernels.h"
#include "operands.h"
#include "pairs.h"
#include "parallel.h"
#include "plain_loops.h"
#include "random_problems.h"
#include "winograd.h"

namespace {

using namespace pellucid;
using std::int64_t;
namespace fast = PELLUCID_ISA;

// Processor time of this thread where it works alone, so that a busy machine disturbs less; else wall time.
bool alone = true;
double now() {
  timespec time;
  clock_gettime(alone ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Multiplications per second of one core, all in registers.
double peak() {
  static ThreadPool one(1);
  float kept[20];
  const double start = now();
  const int64_t multiplications = fast::multiply_add(20, kept, one);
  return static_cast<double>(multiplications) / (now() - start);
}

// The best time of several, against the best of the peaks measured in between: others may use the machine as well.
std::string only_kernel;  // measure those whose name has this in it
void measure(const std::string& name, double multiplies, int threads, const std::function<void()>& kernel) {
  if (name.find(only_kernel) == std::string::npos) return;
  kernel();
  double best_peak = 0, best_time = 1e30;
  for (const double end = now() + 0.6; now() < end;) {
    best_peak = std::max(best_peak, peak() * threads);
    const double start = now();
    int calls = 0;
    do {
      kernel();
      ++calls;
    } while (now() - start < 2e-3);
    best_time = std::min(best_time, (now() - start) / calls);
  }
  std::printf("%-58s %9.1f us %7.1f GFLOP/s %5.1f %% of peak\n", name.c_str(), best_time * 1e6,
              2e-9 * multiplies / best_time, 100 * multiplies / best_time / best_peak);
  std::fflush(stdout);
}

ConvProblem square(int64_t batch, int64_t size, int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t pad,
                   int64_t groups = 1) {
  ConvProblem p{batch, in, out, groups, {}, true};
  for (int a = 0; a < kSpatial; ++a) {
    const bool used = a > 0;
    p.window.input[a] = used ? size : 1;
    p.window.kernel[a] = used ? kernel : 1;
    p.window.stride[a] = used ? stride : 1;
    p.window.dilation[a] = 1;
    p.window.pad[a] = used ? pad : 0;
    p.window.output[a] = used ? (size + 2 * pad - kernel) / stride + 1 : 1;
  }
  return p;
}

ConvProblem line(int64_t batch, int64_t size, int64_t in, int64_t out, int64_t kernel) {
  ConvProblem p = square(batch, 1, in, out, 1, 1, 0);
  p.window.input[2] = size;
  p.window.kernel[2] = kernel;
  p.window.output[2] = size - kernel + 1;
  return p;
}

void measure_conv(const std::string& name, const ConvProblem& p, ThreadPool& pool) {
  if (has_bfloat16() && !p.bfloat16) {
    ConvProblem rounded = p;
    rounded.bfloat16 = true;
    measure_conv(name + " bf16", rounded, pool);
  }
  Array x(plain::input_count(p)), w(plain::weight_count(p)), y(plain::output_count(p)), bias(p.out_channels);
  for (Array* array : {&x, &w, &y, &bias}) array->fill(real);
  const int threads = pool.threads();
  int64_t room = std::max({fast::conv_forward_workspace(p, threads), fast::conv_backward_input_workspace(p, threads),
                           fast::conv_backward_weights_workspace(p, threads)});
  const bool is_winograd = fast::winograd_obstacle(p, Pass::kForward) == nullptr;
  if (is_winograd) {
    room = std::max({room, fast::winograd_convolution_workspace(p, false, false, threads),
                     fast::winograd_convolution_workspace(p, true, false, threads),
                     fast::winograd_input_workspace(p, false, threads),
                     fast::winograd_weights_workspace(p, false, threads)});
  }
  Array workspace(room);
  const double multiplies = multiplications(p);
  Array output(y.count()), grad_input(x.count()), grad_weights(w.count());
  measure(name + " forward (" + fast::conv_forward_variant(p) + ")", multiplies, threads, [&] {
    fast::conv_forward(p, x.get(), w.get(), bias.get(), {0, 6}, output.get(), workspace.get(), pool);
  });
  measure(name + " backward-input", multiplies, threads, [&] {
    fast::conv_backward_input(p, y.get(), w.get(), grad_input.get(), workspace.get(), pool);
  });
  measure(name + " backward-weights", multiplies, threads, [&] {
    fast::conv_backward_weights(p, x.get(), y.get(), grad_weights.get(), workspace.get(), pool);
  });
  if (!is_winograd || p.bfloat16) return;
  const auto name_of = [&](Pass pass, const char* text) {
    ConvProblem free = p;
    free.exact = false;
    return name + " " + text + (fast::uses_winograd(free, pass) ? " (chosen)" : " (not chosen)");
  };
  measure(name_of(Pass::kForward, "winograd forward"), multiplies, threads, [&] {
    fast::winograd_convolution(p, false, x.get(), w.get(), {bias.get(), {0, 6}, false, output.get(), nullptr},
                               workspace.get(), pool);
  });
  measure(name_of(Pass::kInput, "winograd backward-input"), multiplies, threads, [&] {
    fast::winograd_convolution(p, true, y.get(), w.get(), {nullptr, kUnbounded, false, grad_input.get(), nullptr},
                               workspace.get(), pool);
  });
  if (fast::can_add_back_winograd(p)) {
    measure(name_of(Pass::kInput, "winograd backward-input, adding"), multiplies, threads, [&] {
      fast::winograd_input(p, y.get(), nullptr, w.get(), grad_input.get(), workspace.get(), pool);
    });
  }
  measure(name_of(Pass::kWeights, "winograd backward-weights"), multiplies, threads, [&] {
    fast::winograd_weights(p, x.get(), y.get(), nullptr, grad_weights.get(), workspace.get(), pool);
  });
}

void measure_matmul(const std::string& name, const MatmulProblem& p, ThreadPool& pool) {
  if (has_bfloat16() && !p.bfloat16) {
    MatmulProblem rounded = p;
    rounded.bfloat16 = true;
    measure_matmul(name + " bf16", rounded, pool);
  }
  Array a(p.batch * p.m * p.k), b(p.batch * p.k * p.n), c(p.batch * p.m * p.n);
  Array workspace(fast::matmul_workspace(p, pool.threads()));
  a.fill(real);
  b.fill(real);
  measure(name, static_cast<double>(p.batch) * p.m * p.n * p.k, pool.threads(),
          [&] { fast::matmul(p, a.get(), b.get(), c.get(), workspace.get(), pool); });
}

int speed(int threads, const std::string& only) {
  ThreadPool pool(threads);
  alone = threads == 1;
  const auto conv = [&](const std::string& name, const ConvProblem& p) {
    if (name.find(only) != std::string::npos) measure_conv(name, p, pool);
  };
  const auto matmul = [&](const std::string& name, const MatmulProblem& p) {
    if (name.find(only) != std::string::npos) measure_matmul(name, p, pool);
  };
  conv("3x3 32->64 26x26, batch 32", square(32, 26, 32, 64, 3, 1, 0));
  conv("first 3x3 1->32 28x28, batch 128", square(128, 28, 1, 32, 3, 1, 0));
  conv("first 3x3 1->32 28x28, batch 16", square(16, 28, 1, 32, 3, 1, 0));
  conv("first same 3x3 3->32 32x32, batch 64", square(64, 32, 3, 32, 3, 1, 1));
  conv("same 3x3 64->64 16x16, batch 64", square(64, 16, 64, 64, 3, 1, 1));
  conv("same 3x3 128->128 8x8, batch 64", square(64, 8, 128, 128, 3, 1, 1));
  conv("same 3x3 512->512 7x7, batch 16", square(16, 7, 512, 512, 3, 1, 1));
  conv("same 3x3 512->512 7x7, batch 1", square(1, 7, 512, 512, 3, 1, 1));
  conv("same 3x3/2 64->128 56x56, batch 4", square(4, 56, 64, 128, 3, 2, 1));
  conv("same 5x5 32->64 14x14, batch 64", square(64, 14, 32, 64, 5, 1, 2));
  conv("same 7x7/2 3->64 224x224, batch 2", square(2, 224, 3, 64, 7, 2, 3));
  conv("1x1 256->64 28x28, batch 8", square(8, 28, 256, 64, 1, 1, 0));
  conv("same 3x3 16->16 32x32, batch 32", square(32, 32, 16, 16, 3, 1, 1));
  conv("same 3x3 8->8 64x64, batch 8", square(8, 64, 8, 8, 3, 1, 1));
  conv("same 3x3 16->10 32x32, batch 8", square(8, 32, 16, 10, 3, 1, 1));
  conv("same 3x3 64->1 32x32, batch 8", square(8, 32, 64, 1, 3, 1, 1));
  conv("cifar 3x3 24->64 31x31, batch 64", square(64, 31, 24, 64, 3, 1, 1));
  conv("cifar 3x3 64->64 15x15, batch 64", square(64, 15, 64, 64, 3, 1, 1));
  conv("cifar 3x3 64->256 15x15, batch 64", square(64, 15, 64, 256, 3, 1, 1));
  conv("cifar 3x3 256->256 7x7, batch 256", square(256, 7, 256, 256, 3, 1, 1));
  conv("cifar 3x3 256->256 3x3, batch 512", square(512, 3, 256, 256, 3, 1, 1));
  conv("line 3 32->64 10, batch 64", line(64, 10, 32, 64, 3));
  conv("depthwise same 3x3 64 56x56, batch 4", square(4, 56, 64, 64, 3, 1, 1, 64));
  conv("depthwise tiny 3x3 16 14x14", square(1, 14, 16, 16, 3, 1, 1, 16));
  conv("depthwise tiny 3x3 16 40x40", square(1, 40, 16, 16, 3, 1, 1, 16));
  conv("depthwise tiny 3x3 64 14x14", square(1, 14, 64, 64, 3, 1, 1, 64));
  conv("depthwise tiny 3x3 192 14x14", square(1, 14, 192, 192, 3, 1, 1, 192));
  conv("depthwise same 3x3/2 96 112x112", square(1, 112, 96, 96, 3, 2, 1, 96));
  conv("depthwise same 3x3 144 56x56", square(1, 56, 144, 144, 3, 1, 1, 144));
  conv("depthwise same 3x3 384 14x14", square(1, 14, 384, 384, 3, 1, 1, 384));
  conv("depthwise same 3x3 960 7x7", square(1, 7, 960, 960, 3, 1, 1, 960));
  conv("depthwise same 5x5 240 28x28", square(1, 28, 240, 240, 5, 1, 2, 240));
  conv("grouped same 3x3 128/32 28x28, batch 4", square(4, 28, 128, 128, 3, 1, 1, 32));
  matmul("dense 128x9216 * 9216x128", {1, 128, 128, 9216, false, false});
  matmul("dense dx 128x128 * (9216x128)'", {1, 128, 9216, 128, false, true});
  matmul("dense dw (128x9216)' * 128x128", {1, 9216, 128, 128, true, false});
  matmul("tiny 128x128 * 128x10", {1, 128, 10, 128, false, false});
  matmul("tiny dx 128x10 * (128x10)'", {1, 128, 128, 10, false, true});
  matmul("tiny dw (128x128)' * 128x10", {1, 128, 10, 128, true, false});
  matmul("square 512", {1, 512, 512, 512, false, false});
  matmul("square 1024", {1, 1024, 1024, 1024, false, false});
  matmul("attention 32x 196x64 * (196x64)'", {32, 196, 196, 64, false, true});
  matmul("one row 1x9216 * 9216x128", {1, 1, 128, 9216, false, false});
  return 0;
}

}  // namespace
