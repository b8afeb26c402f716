// conv_harness.cc: convolution and matrix kernels of one instruction set level against plain loops, and their speed.
//
//   g++ -std=c++20 -O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast -Inative/include -Inative/kernels
//       -march=x86-64-v4 -mavx512bf16 -mprefer-vector-width=512 -DPELLUCID_ISA=avx512 -DPELLUCID_VECTOR_FLOATS=16
//       native/kernels/{conv_forward,conv_backward_input,conv_backward_weights,conv_max_pool}.cc
//       native/kernels/{conv_max_pool_backward,fma_peak,gemm,matvec,microkernel,pool}.cc
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
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels.h"
#include "pairs.h"
#include "parallel.h"
#include "plain_loops.h"
#include "vector.h"
#include "winograd.h"

namespace {

using namespace pellucid;
using std::int64_t;
namespace fast = PELLUCID_ISA;

std::mt19937_64 generator;
int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(generator); }
int64_t pick(const std::vector<int64_t>& values) { return values[between(0, static_cast<int64_t>(values.size()) - 1)]; }
float small_integer() { return static_cast<float>(between(-4, 4)); }
Bounds random_bounds() {
  const float infinity = std::numeric_limits<float>::infinity();
  const Bounds all[] = {kUnbounded, {0, infinity}, {0, 6}, {-2, 3}};
  return all[between(0, 3)];
}
float real() { return std::uniform_real_distribution<float>(-1, 1)(generator); }

// An array of NaN with NaN before and behind it. The address sanitizer sees its exact end instead of the latter.
class Array {
#if defined(__SANITIZE_ADDRESS__)
  static constexpr int64_t kBefore = 16, kBehind = 0;
#else
  static constexpr int64_t kBefore = 16, kBehind = 32;
#endif

 public:
  explicit Array(int64_t count) : count_(count) {
    void* memory = nullptr;
    if (posix_memalign(&memory, 64, 4 * (kBefore + count + kBehind)) != 0) std::abort();
    data_ = static_cast<float*>(memory);
    std::fill(data_, data_ + kBefore + count + kBehind, std::numeric_limits<float>::quiet_NaN());
  }
  ~Array() { std::free(data_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  float* get() { return data_ + kBefore; }
  int64_t count() const { return count_; }
  void fill(float (*next)()) { std::generate(get(), get() + count_, next); }
  bool margins_untouched() const {
    const auto nan = [](float value) { return std::isnan(value); };
    return std::all_of(data_, data_ + kBefore, nan) &&
           std::all_of(data_ + kBefore + count_, data_ + kBefore + count_ + kBehind, nan);
  }
  bool equals(Array& other) { return std::memcmp(get(), other.get(), 4 * count_) == 0; }

 private:
  int64_t count_;
  float* data_;
};

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

// Runs a kernel with 1 and 3 threads; its result with small integers must be `expected`, and with reals the same bits.
using Kernel = std::function<void(float* output, float* workspace, ThreadPool& pool)>;
using WorkspaceSize = std::function<int64_t(int threads)>;
bool check(const char* name, int64_t count, const Kernel& kernel, const WorkspaceSize& workspace_size,
           Array* expected) {
  static ThreadPool one(1), three(3);
  Array alone(count), together(count);
  for (auto [pool, output] : {std::pair{&one, &alone}, std::pair{&three, &together}}) {
    Array workspace(workspace_size(pool->threads()));
    kernel(output->get(), workspace.get(), *pool);
    if (!workspace.margins_untouched() || !output->margins_untouched()) {
      std::printf("%s, %d threads: wrote outside its arrays\n", name, pool->threads());
      return false;
    }
  }
  if (!alone.equals(together)) {
    std::printf("%s: 1 and 3 threads differ\n", name);
    return false;
  }
  for (int64_t i = 0; expected != nullptr && i < count; ++i) {
    if (!(alone.get()[i] == expected->get()[i])) {
      std::printf("%s: element %ld is %g, should be %g\n", name, static_cast<long>(i), alone.get()[i],
                  expected->get()[i]);
      return false;
    }
  }
  return true;
}

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

// As check, by relative root mean square error.
bool near_enough(const char* name, Array& expected, const Kernel& kernel, const WorkspaceSize& workspace_size,
                 double tolerance = 1e-5) {
  if (!check(name, expected.count(), kernel, workspace_size, nullptr)) return false;
  static ThreadPool one(1);
  Array found(expected.count()), workspace(workspace_size(1));
  kernel(found.get(), workspace.get(), one);
  double error = 0, scale = 0;
  for (int64_t i = 0; i < expected.count(); ++i) {
    const double difference = double{found.get()[i]} - double{expected.get()[i]};
    error += difference * difference;
    scale += double{expected.get()[i]} * double{expected.get()[i]};
  }
  if (error <= tolerance * tolerance * scale) return true;  // also false where something is NaN
  std::printf("%s: relative error %g\n", name, std::sqrt(error / scale));
  return false;
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

bool has_bfloat16() {
#if defined(__AVX512BF16__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

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

bool check_matmul(const MatmulProblem& p, bool integers) {
  Array a(p.batch * p.m * p.k), b(p.batch * p.k * p.n), c(p.batch * p.m * p.n);
  for (Array* array : {&a, &b}) array->fill(integers ? small_integer : real);
  if (integers) plain::matmul(p, a.get(), b.get(), c.get());
  return check(
      "matmul", c.count(),
      [&](float* out, float* ws, ThreadPool& pool) { fast::matmul(p, a.get(), b.get(), out, ws, pool); },
      [&](int threads) { return fast::matmul_workspace(p, threads); }, integers ? &c : nullptr);
}

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
  conv("line 3 32->64 10, batch 64", line(64, 10, 32, 64, 3));
  conv("depthwise same 3x3 64 56x56, batch 4", square(4, 56, 64, 64, 3, 1, 1, 64));
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

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "test";
  const int number = argc > 2 ? std::atoi(argv[2]) : 0;
  only_kernel = argc > 4 ? argv[4] : "";
  if (mode == "speed") return speed(std::max(1, number), argc > 3 ? argv[3] : "");
  generator.seed(argc > 3 ? std::atoi(argv[3]) : 1);
  return test(number > 0 ? number : 400);
}
