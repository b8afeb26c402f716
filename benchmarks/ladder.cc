// ladder.cc: one convolution, computed in six ways, each faster than the one before; docs/explain/convolution.md
// explains them.
//
//   g++ -std=c++20 -O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast -Wall -Wextra -Wno-psabi
//       -Inative/include -Inative/kernels
//       -march=x86-64-v4 -mprefer-vector-width=512 -DPELLUCID_ISA=avx512 -DPELLUCID_VECTOR_FLOATS=16
//       benchmarks/ladder.cc native/kernels/{conv_forward,fma_peak,microkernel,winograd_choice}.cc
//       native/kernels/winograd_convolution.cc native/runtime/thread_pool.cc -pthread -o /tmp/ladder
//   (avx2: -mavx2 -mfma and 8 floats instead of the -m options; sse2: 4 floats and none)
//   /tmp/ladder [seconds per rung]
//
// 3x3, stride 1, no padding; a batch of 32 images of 26x26 with 32 channels becomes 24x24 with 64. One thread. Images
// are (image, row, column, channel), weights (kernel row, kernel column, input channel, output channel), float32.
// Sizes reach the rungs as variables, as they would in a library. Every rung is checked against the first one in double
// precision; the exit code says whether all of them are right.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kernels.h"
#include "parallel.h"
#include "vector.h"

namespace {

using namespace pellucid;
using std::int64_t;
namespace fast = PELLUCID_ISA;

// ---- the problem ----

struct Shape {
  int64_t batch, height, width;  // of the output
  int64_t taps;                  // of the kernel, along either axis
  int64_t in_channels, out_channels;

  int64_t in_height() const { return height + taps - 1; }
  int64_t in_width() const { return width + taps - 1; }
  int64_t pixels() const { return height * width; }                // outputs of one image and channel
  int64_t products() const { return taps * taps * in_channels; }   // that make one output
  int64_t input_count() const { return batch * in_height() * in_width() * in_channels; }
  int64_t weight_count() const { return products() * out_channels; }
  int64_t output_count() const { return batch * pixels() * out_channels; }
  double multiplications() const { return static_cast<double>(output_count()) * static_cast<double>(products()); }

  // Where the channels of a pixel begin.
  int64_t input_at(int64_t n, int64_t row, int64_t column) const {
    return ((n * in_height() + row) * in_width() + column) * in_channels;
  }
  int64_t output_at(int64_t n, int64_t row, int64_t column) const {
    return ((n * height + row) * width + column) * out_channels;
  }
  // Where the weights of a tap and an input channel begin.
  int64_t weight_at(int64_t r, int64_t s, int64_t c) const { return ((r * taps + s) * in_channels + c) * out_channels; }
};

// ---- rung 1: the definition ----

// An output is a sum over input channels and taps; one after the other is computed. Neighbours in the innermost loops
// lie far apart in memory, and every addition waits for the one before.
template <class Number>
__attribute__((noinline)) void plain_loops(const Shape& shape, const float* input, const float* weights,
                                           Number* output) {
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t x = 0; x < shape.width; ++x) {
        for (int64_t k = 0; k < shape.out_channels; ++k) {
          Number sum = 0;
          for (int64_t c = 0; c < shape.in_channels; ++c) {
            for (int64_t r = 0; r < shape.taps; ++r) {
              for (int64_t s = 0; s < shape.taps; ++s) {
                sum += static_cast<Number>(input[shape.input_at(n, y + r, x + s) + c]) *
                       static_cast<Number>(weights[shape.weight_at(r, s, c) + k]);
              }
            }
          }
          output[shape.output_at(n, y, x) + k] = sum;
        }
      }
    }
  }
}

// ---- rung 2: the order of memory ----

// to[k] += factor * from[k]: neighbours in memory, and independent, so the compiler makes vectors of them.
inline void add_multiple(float factor, const float* __restrict from, float* __restrict to, int64_t count) {
  for (int64_t k = 0; k < count; ++k) to[k] += factor * from[k];
}

// The same sums, with output channels innermost: they are neighbours in the weights and in the output.
__attribute__((noinline)) void channels_innermost(const Shape& shape, const float* input, const float* weights,
                                                  float* output) {
  std::fill(output, output + shape.output_count(), 0.0f);
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t x = 0; x < shape.width; ++x) {
        float* const sums = output + shape.output_at(n, y, x);
        for (int64_t r = 0; r < shape.taps; ++r) {
          for (int64_t s = 0; s < shape.taps; ++s) {
            const float* const pixel = input + shape.input_at(n, y + r, x + s);
            for (int64_t c = 0; c < shape.in_channels; ++c) {
              add_multiple(pixel[c], weights + shape.weight_at(r, s, c), sums, shape.out_channels);
            }
          }
        }
      }
    }
  }
}

// ---- rung 3: a matrix product, in blocks ----

// Copies what each output of an image sees into one row of a matrix (im2col): the convolution is then the product of
// that matrix and the weights. It holds every input nine times.
void copy_windows(const Shape& shape, const float* input, int64_t n, float* matrix) {
  const int64_t run = shape.taps * shape.in_channels;  // one row of a window: neighbours in memory
  for (int64_t y = 0; y < shape.height; ++y) {
    for (int64_t x = 0; x < shape.width; ++x) {
      for (int64_t r = 0; r < shape.taps; ++r, matrix += run) {
        std::memcpy(matrix, input + shape.input_at(n, y + r, x), sizeof(float) * static_cast<std::size_t>(run));
      }
    }
  }
}

// to[k] += the sum of four multiples: a sum travels from memory and back once per four products.
inline void add_four(const float* factors, const float* __restrict from, float* __restrict to, int64_t count) {
  for (int64_t k = 0; k < count; ++k) {
    const float* const column = from + k;
    to[k] += factors[0] * column[0] + factors[1] * column[count] + factors[2] * column[2 * count] +
             factors[3] * column[3 * count];
  }
}

// to[row][k] += sum over steps of matrix[row][step] * weights[step][k]. All rows meet a block of the weights while that
// is in the L1 cache, before the next block comes.
void multiply_blocks(int64_t rows, int64_t steps, int64_t columns, const float* matrix, const float* weights, float* to) {
  constexpr int64_t kBlock = 72;  // steps; 18 KiB of weights for 64 columns
  for (int64_t first = 0; first < steps; first += kBlock) {
    const int64_t end = std::min(steps, first + kBlock);
    for (int64_t row = 0; row < rows; ++row) {
      const float* const factors = matrix + row * steps;
      float* const sums = to + row * columns;
      int64_t step = first;
      for (; step + 4 <= end; step += 4) add_four(factors + step, weights + step * columns, sums, columns);
      for (; step < end; ++step) add_multiple(factors[step], weights + step * columns, sums, columns);
    }
  }
}

__attribute__((noinline)) void matrix_product(const Shape& shape, const float* input, const float* weights,
                                              float* matrix, float* output) {
  std::fill(output, output + shape.output_count(), 0.0f);
  for (int64_t n = 0; n < shape.batch; ++n) {
    copy_windows(shape, input, n, matrix);
    multiply_blocks(shape.pixels(), shape.products(), shape.out_channels, matrix, weights,
                    output + shape.output_at(n, 0, 0));
  }
}

// ---- rung 4: sums in registers ----

constexpr int kVectors = 4;  // of output channels in a tile

// PIXELS neighbours in a row of outputs, kVectors vectors of their channels. Every sum has a register of its own until
// its last product is in. What is loaded, a value per pixel and kVectors vectors of weights, serves PIXELS * kVectors
// multiply-additions. Three kernel rows, and in each of them the taps' channels are neighbours in memory.
template <int PIXELS>
inline void register_tile(const Shape& shape, const float* input, const float* weights, float* output) {
  const int64_t run = shape.taps * shape.in_channels;
  fast::Vector sums[PIXELS][kVectors] = {};
  for (int64_t r = 0; r < shape.taps; ++r) {
    const float* const source = input + shape.input_at(0, r, 0);
    for (int64_t step = 0; step < run; ++step, weights += shape.out_channels) {
      fast::Vector row[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) row[v] = fast::load(weights + v * fast::kLanes);
#pragma GCC unroll 16
      for (int p = 0; p < PIXELS; ++p) {
        const fast::Vector value = fast::broadcast(source[p * shape.in_channels + step]);
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[p][v] += value * row[v];
      }
    }
  }
#pragma GCC unroll 16
  for (int p = 0; p < PIXELS; ++p) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) fast::store(output + p * shape.out_channels + v * fast::kLanes, sums[p][v]);
  }
}

// Rows of outputs are whole tiles here, and so are output channels; a library has to care for the rest as well.
template <int PIXELS>
__attribute__((noinline)) void register_tiles(const Shape& shape, const float* input, const float* weights,
                                              float* output) {
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t x = 0; x < shape.width; x += PIXELS) {
        for (int64_t k = 0; k < shape.out_channels; k += kVectors * fast::kLanes) {
          register_tile<PIXELS>(shape, input + shape.input_at(n, y, x), weights + k,
                                output + shape.output_at(n, y, x) + k);
        }
      }
    }
  }
}

// ---- rungs 5 and 6: the library's kernels ----

// The same tile for any geometry (native/kernels/conv_indirect.h), or where it is cheaper and `exact` does not forbid it
// Winograd's method (native/kernels/winograd.h), which needs a quarter of the multiplications.
ConvProblem problem_of(const Shape& shape, bool exact) {
  ConvProblem problem{shape.batch, shape.in_channels, shape.out_channels, 1, {}, exact};
  const int64_t input[kSpatial] = {1, shape.in_height(), shape.in_width()};
  const int64_t output[kSpatial] = {1, shape.height, shape.width};
  for (int axis = 0; axis < kSpatial; ++axis) {
    problem.window.input[axis] = input[axis];
    problem.window.output[axis] = output[axis];
    problem.window.kernel[axis] = axis == 0 ? 1 : shape.taps;
    problem.window.stride[axis] = problem.window.dilation[axis] = 1;
  }
  return problem;
}

// ---- measuring ----

// Floats at the beginning of a cache line.
class Array {
 public:
  explicit Array(int64_t count) : count_(count) {
    void* memory = nullptr;
    if (posix_memalign(&memory, 64, sizeof(float) * static_cast<std::size_t>(std::max<int64_t>(count, 1))) != 0) std::abort();
    data_ = static_cast<float*>(memory);
    std::fill(data_, data_ + count, 0.0f);
  }
  ~Array() { std::free(data_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  float* get() { return data_; }
  int64_t count() const { return count_; }

 private:
  int64_t count_;
  float* data_;
};

// Processor time of this thread, so that a busy machine disturbs less.
double now() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Multiplications per second, all in registers: what this core can do at most.
double peak() {
  static ThreadPool one(1);
  float kept[20];
  const double start = now();
  const int64_t multiplications = fast::multiply_add(20, kept, one);
  return static_cast<double>(multiplications) / (now() - start);
}

double relative_error(const std::vector<double>& expected, Array& found) {
  double square = 0, error = 0;
  for (int64_t i = 0; i < found.count(); ++i) {
    const double value = expected[static_cast<std::size_t>(i)], difference = found.get()[i] - value;
    square += value * value;
    error += difference * difference;
  }
  return std::sqrt(error / square);
}

struct Rung {
  std::string name;
  std::function<void(float* output)> run;
};

struct Result {
  double time, peak, error;  // seconds, multiplications per second, root mean square
};

// The best time of several, and the best of the peaks measured in between: others may use the machine as well.
Result measure(const Rung& rung, const std::vector<double>& expected, double seconds) {
  constexpr int kLeastCalls = 3;
  Array output(static_cast<int64_t>(expected.size()));
  rung.run(output.get());
  Result result{1e30, 0, relative_error(expected, output)};
  const double end = now() + seconds;
  for (int call = 0; call < kLeastCalls || now() < end; ++call) {
    result.peak = std::max(result.peak, peak());
    const double start = now();
    rung.run(output.get());
    result.time = std::min(result.time, now() - start);
  }
  return result;
}

// Measures the rungs and prints them as a table; says whether all are right.
bool climb(const std::vector<Rung>& rungs, double multiplications, const std::vector<double>& expected, double seconds) {
  constexpr double kMostError = 1e-5;
  std::printf("| rung | ms per batch | times as fast as the first | GFLOP/s | share of the FMA peak | relative error |\n");
  std::printf("|---|---|---|---|---|---|\n");
  bool all_right = true;
  double first = 0, highest_peak = 0;
  for (const Rung& rung : rungs) {
    const Result result = measure(rung, expected, seconds);
    if (first == 0) first = result.time;
    std::printf("| %s | %.2f | %.1f | %.1f | %.1f%% | %.1e |\n", rung.name.c_str(), 1e3 * result.time,
                first / result.time, 2e-9 * multiplications / result.time,
                100 * multiplications / result.time / result.peak, result.error);
    std::fflush(stdout);
    highest_peak = std::max(highest_peak, result.peak);
    all_right = all_right && result.error <= kMostError;
  }
  std::printf("\nFMA peak of this core: %.1f GFLOP/s\n", 2e-9 * highest_peak);
  return all_right;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1;
  const Shape shape{32, 24, 24, 3, 32, 64};
  Array input(shape.input_count()), weights(shape.weight_count()), matrix(shape.pixels() * shape.products());
  std::mt19937_64 generator(1);
  const auto real = [&] { return std::uniform_real_distribution<float>(-1, 1)(generator); };
  for (Array* array : {&input, &weights}) std::generate(array->get(), array->get() + array->count(), real);
  const float *const x = input.get(), *const w = weights.get();
  std::vector<double> expected(static_cast<std::size_t>(shape.output_count()));
  plain_loops(shape, x, w, expected.data());

  ThreadPool one(1);
  const ConvProblem direct = problem_of(shape, true), free = problem_of(shape, false);
  Array workspace(std::max(fast::conv_forward_workspace(direct, 1), fast::conv_forward_workspace(free, 1)));
  const auto library = [&](const ConvProblem& problem, float* output) {
    fast::conv_forward(problem, x, w, nullptr, kUnbounded, output, workspace.get(), one);
  };
  const auto library_name = [](const char* number, const ConvProblem& problem) {
    return std::string(number) + ". the library: " + fast::conv_forward_variant(problem);
  };
  const bool rungs_right = climb(
      {{"1. plain loops", [&](float* output) { plain_loops(shape, x, w, output); }},
       {"2. output channels innermost", [&](float* output) { channels_innermost(shape, x, w, output); }},
       {"3. matrix product in blocks", [&](float* output) { matrix_product(shape, x, w, matrix.get(), output); }},
       {"4. register tile, 6 x 4 vectors", [&](float* output) { register_tiles<6>(shape, x, w, output); }},
       {library_name("5", direct), [&](float* output) { library(direct, output); }},
       {library_name("6", free), [&](float* output) { library(free, output); }}},
      shape.multiplications(), expected, seconds);
  std::printf("\nRung 4 with tiles of other heights:\n\n");
  const bool tiles_right = climb({{"1 x 4 vectors", [&](float* output) { register_tiles<1>(shape, x, w, output); }},
                                  {"2 x 4 vectors", [&](float* output) { register_tiles<2>(shape, x, w, output); }},
                                  {"4 x 4 vectors", [&](float* output) { register_tiles<4>(shape, x, w, output); }},
                                  {"6 x 4 vectors", [&](float* output) { register_tiles<6>(shape, x, w, output); }},
                                  {"8 x 4 vectors", [&](float* output) { register_tiles<8>(shape, x, w, output); }}},
                                 shape.multiplications(), expected, seconds);
  return rungs_right && tiles_right ? 0 : 1;
}
