// ladder.cc: one convolution, computed in five ways, each faster than the one before.
//
//   make ladder                     compiles it for the widest instruction set of this machine, and runs it
//   make ladder JSON=ladder.json    also writes the numbers to a file, of which draw_ladder.py makes a picture
//   build/ladder [seconds] [file]   seconds: of processor time, for all rungs together
//
// 3x3, stride 1, no padding; a batch of 32 images of 26x26 with 32 channels becomes 24x24 with 64. One thread. Images
// are (image, row, column, channel), weights (kernel row, kernel column, input channel, output channel), float32.
// Sizes reach the rungs as variables, as they would in a library. Every rung is compared with the first one in double
// precision; the exit code says whether all of them are right. docs/explain/convolution.md explains them.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kernels.h"
#include "microkernel.h"
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
  int64_t pixels() const { return height * width; }               // outputs of one image and channel
  int64_t products() const { return taps * taps * in_channels; }  // that make one output
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
void plain_loops(const Shape& shape, const float* input, const float* weights, Number* output) {
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
void memory_order(const Shape& shape, const float* input, const float* weights, float* output) {
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
void copy_windows(const Shape& shape, const float* image, float* matrix) {
  const int64_t run = shape.taps * shape.in_channels;  // one row of a window: neighbours in memory
  for (int64_t y = 0; y < shape.height; ++y) {
    for (int64_t x = 0; x < shape.width; ++x) {
      for (int64_t r = 0; r < shape.taps; ++r, matrix += run) {
        std::memcpy(matrix, image + shape.input_at(0, y + r, x), sizeof(float) * static_cast<std::size_t>(run));
      }
    }
  }
}

// to[k] += the sum of four multiples: a sum travels from memory and back once per four products.
inline void add_four(const float* factors, const float* __restrict from, float* __restrict to, int64_t count) {
  for (int64_t k = 0; k < count; ++k) {
    to[k] += factors[0] * from[k] + factors[1] * from[count + k] + factors[2] * from[2 * count + k] +
             factors[3] * from[3 * count + k];
  }
}

// to[row][k] += sum over steps of matrix[row][step] * weights[step][k]. All rows meet a block of the weights while that
// is in the L1 cache, before the next block comes.
void multiply_blocks(int64_t rows, int64_t steps, int64_t columns, const float* matrix, const float* weights,
                     float* to) {
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

// Image by image, so that the matrix stays in the L2 cache.
void matrix_product(const Shape& shape, const float* input, const float* weights, float* matrix, float* output) {
  std::fill(output, output + shape.output_count(), 0.0f);
  for (int64_t n = 0; n < shape.batch; ++n) {
    copy_windows(shape, input + shape.input_at(n, 0, 0), matrix);
    multiply_blocks(shape.pixels(), shape.products(), shape.out_channels, matrix, weights,
                    output + shape.output_at(n, 0, 0));
  }
}

// ---- rungs 4 and 5: the library's kernels ----

// Exact: sums in registers, by the microkernel, for any geometry (native/kernels/conv_indirect.h). Otherwise, where it
// is cheaper, Winograd's method (native/kernels/winograd.h), which needs a quarter of the multiplications here.
ConvProblem problem_of(const Shape& shape, bool exact) {
  ConvProblem problem{};
  problem.batch = shape.batch;
  problem.in_channels = shape.in_channels;
  problem.out_channels = shape.out_channels;
  problem.groups = 1;
  problem.exact = exact;
  problem.window = {{1, shape.in_height(), shape.in_width()},
                    {1, shape.height, shape.width},
                    {1, shape.taps, shape.taps},
                    {1, 1, 1},   // strides
                    {1, 1, 1},   // dilations
                    {0, 0, 0}};  // padding
  return problem;
}

// ---- rung 4, taken apart ----

// The microkernel itself, in tiles of `height` neighbours in a row of outputs, to see what the height does. A tile's
// steps come in runs, one per kernel row: in each of them the taps' channels are neighbours in memory. Rows of outputs
// are whole tiles here, and so are the output channels; the library cares for the rest as well.
void register_tiles(const Shape& shape, int height, const float* input, const float* weights, float* output) {
  constexpr int64_t kWidest = fast::kMaxVectors * fast::kLanes;
  const fast::TileShape& form = fast::tile_shape(std::min(shape.out_channels, kWidest));
  const int64_t run = shape.taps * shape.in_channels;
  std::vector<fast::Run> runs;
  for (int64_t r = 0; r < shape.taps; ++r) runs.push_back({shape.input_at(0, r, 0), r * run * shape.out_channels, run});
  const float* source[fast::kMaxTileRows];
  float* out[fast::kMaxTileRows];
  fast::Tile tile{source, out, runs.data(), shape.taps, 1, nullptr, shape.out_channels, form.width, nullptr, false};
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t x = 0; x < shape.width; x += height) {
        for (int64_t k = 0; k < shape.out_channels; k += form.width) {
          for (int p = 0; p < height; ++p) {
            source[p] = input + shape.input_at(n, y, x + p);
            out[p] = output + shape.output_at(n, y, x + p) + k;
          }
          tile.panel = weights + k;
          form.run[height - 1](tile);
        }
      }
    }
  }
}

// ---- measuring ----

// Floats from the beginning of a cache line on.
class Array {
 public:
  explicit Array(int64_t count) : count_(count), lines_(static_cast<std::size_t>(count / 16 + 1)) {}
  float* get() { return reinterpret_cast<float*>(lines_.data()); }
  int64_t count() const { return count_; }

 private:
  struct alignas(64) Line {
    float floats[16];
  };
  int64_t count_;
  std::vector<Line> lines_;
};

struct Rung {
  std::string name;
  std::function<void(float* output)> run;
  double seconds = 1e30;  // of the best call
  double error = 0;       // relative, root mean square
};

struct Ladder {
  Shape shape;
  std::vector<Rung> rungs;
  double peak = 0;  // multiplications per second, all in registers: what this core can do at most

  double gflops(const Rung& rung) const { return 2e-9 * shape.multiplications() / rung.seconds; }
  double peak_share(const Rung& rung) const { return shape.multiplications() / rung.seconds / peak; }
  double times_before(std::size_t i) const { return i == 0 ? 1 : rungs[i - 1].seconds / rungs[i].seconds; }
};

// Processor time of this thread, so that a busy machine disturbs less.
double now() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The shortest of the calls that fit into a turn; one at least.
double best_call(const std::function<void()>& call) {
  constexpr double kTurn = 0.02;
  double best = 1e30, start = now();
  const double end = start + kTurn;
  do {
    call();
    const double stop = now();
    best = std::min(best, stop - start);
    start = stop;
  } while (start < end);
  return best;
}

double fma_peak() {
  constexpr int64_t kItems = 20;
  static ThreadPool one(1);
  float kept[kItems];
  int64_t multiplications = 0;
  const double seconds = best_call([&] { multiplications = fast::multiply_add(kItems, kept, one); });
  return static_cast<double>(multiplications) / seconds;
}

double relative_error(const std::vector<double>& expected, const float* found) {
  double square = 0, error = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = found[i] - expected[i];
    square += expected[i] * expected[i];
    error += difference * difference;
  }
  return std::sqrt(error / square);
}

// Runs all rungs once: whether they are right.
bool check(Ladder& ladder, const std::vector<double>& expected) {
  constexpr double kMostError = 1e-5;
  bool all_right = true;
  Array output(ladder.shape.output_count());
  for (Rung& rung : ladder.rungs) {
    std::fill(output.get(), output.get() + output.count(), std::nanf(""));  // what is not written is an error
    rung.run(output.get());
    rung.error = relative_error(expected, output.get());
    all_right = all_right && rung.error <= kMostError;  // not a number is wrong, too
  }
  return all_right;
}

// Rung after rung, and again, so that a clock that drifts reaches all of them; the best of each counts.
void measure(Ladder& ladder, double seconds) {
  Array output(ladder.shape.output_count());
  const double end = now() + seconds;
  do {
    ladder.peak = std::max(ladder.peak, fma_peak());
    for (Rung& rung : ladder.rungs) {
      rung.seconds = std::min(rung.seconds, best_call([&] { rung.run(output.get()); }));
    }
  } while (now() < end);
}

// ---- telling ----

void print(const Ladder& ladder, const char* title) {
  std::printf("%-32s %9s %9s %12s %13s %9s\n", title, "ms", "GFLOP/s", "of FMA peak", "times before", "error");
  for (std::size_t i = 0; i < ladder.rungs.size(); ++i) {
    const Rung& rung = ladder.rungs[i];
    std::printf("%-32s %9.2f %9.1f %11.1f%% %13.1f %9.1e\n", rung.name.c_str(), 1e3 * rung.seconds,
                ladder.gflops(rung), 100 * ladder.peak_share(rung), ladder.times_before(i), rung.error);
  }
  std::printf("FMA peak of this core: %.1f GFLOP/s, vectors of %d floats\n\n", 2e-9 * ladder.peak, fast::kLanes);
}

// What the processor calls itself, where the system tells.
std::string processor() {
  std::ifstream lines("/proc/cpuinfo");
  std::string name, family, model;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    const std::size_t colon = line.find(": ");
    const std::string key = line.substr(0, line.find('\t'));
    const std::string value = colon == std::string::npos ? "" : line.substr(colon + 2);
    if (key == "model name") name = value;
    if (key == "cpu family") family = value;
    if (key == "model") model = value;
  }
  return name.empty() ? "unknown" : name + ", family " + family + " model " + model;
}

void write_rungs(std::FILE* file, const char* name, const Ladder& ladder) {
  std::fprintf(file, " \"%s\": [\n", name);
  for (std::size_t i = 0; i < ladder.rungs.size(); ++i) {
    const Rung& rung = ladder.rungs[i];
    std::fprintf(file,
                 "  {\"name\": \"%s\", \"ms\": %.3f, \"gflops\": %.2f, \"peak_share\": %.4f, \"times_before\": %.2f, "
                 "\"error\": %.1e}%s\n",
                 rung.name.c_str(), 1e3 * rung.seconds, ladder.gflops(rung), ladder.peak_share(rung),
                 ladder.times_before(i), rung.error, i + 1 < ladder.rungs.size() ? "," : "");
  }
  std::fprintf(file, " ]");
}

bool write_json(const char* path, const Ladder& ladder, const Ladder& tiles) {
  std::FILE* const file = std::fopen(path, "w");
  if (file == nullptr) return false;
  char date[11];
  const std::time_t time = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d", std::localtime(&time));
  std::fprintf(file, "{\n \"date\": \"%s\",\n \"processor\": \"%s\",\n", date, processor().c_str());
  std::fprintf(file, " \"vector_floats\": %d,\n \"peak_gflops\": %.1f,\n", fast::kLanes, 2e-9 * ladder.peak);
  write_rungs(file, "rungs", ladder);
  std::fprintf(file, ",\n");
  write_rungs(file, "tiles", tiles);
  std::fprintf(file, "\n}\n");
  return std::fclose(file) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  const Shape shape{32, 24, 24, 3, 32, 64};
  Array input(shape.input_count()), weights(shape.weight_count()), matrix(shape.pixels() * shape.products());
  std::mt19937_64 generator(1);
  const auto real = [&] { return std::uniform_real_distribution<float>(-1, 1)(generator); };
  for (Array* array : {&input, &weights}) std::generate(array->get(), array->get() + array->count(), real);
  const float *const x = input.get(), *const w = weights.get();

  ThreadPool one(1);
  const ConvProblem exact = problem_of(shape, true), free = problem_of(shape, false);
  Array workspace(std::max(fast::conv_forward_workspace(exact, 1), fast::conv_forward_workspace(free, 1)));
  const auto library = [&](const ConvProblem& problem) {
    return [&](float* y) { fast::conv_forward(problem, x, w, nullptr, kUnbounded, y, workspace.get(), one); };
  };
  Ladder ladder{shape, {}}, tiles{shape, {}};
  ladder.rungs = {{"1 definition", [&](float* y) { plain_loops(shape, x, w, y); }},
                  {"2 order of memory", [&](float* y) { memory_order(shape, x, w, y); }},
                  {"3 matrix product in blocks", [&](float* y) { matrix_product(shape, x, w, matrix.get(), y); }},
                  {std::string("4 ") + fast::conv_forward_variant(exact), library(exact)},
                  {std::string("5 ") + fast::conv_forward_variant(free), library(free)}};
  for (const int height : {1, 2, 3, 4, 6}) {
    tiles.rungs.push_back({std::to_string(height), [&, height](float* y) { register_tiles(shape, height, x, w, y); }});
  }

  std::vector<double> expected(static_cast<std::size_t>(shape.output_count()));
  plain_loops(shape, x, w, expected.data());
  const bool ladder_right = check(ladder, expected), tiles_right = check(tiles, expected);
  measure(ladder, 0.8 * seconds);
  measure(tiles, 0.2 * seconds);
  print(ladder, "rung");
  print(tiles, "rung 4 in tiles of height");
  if (!ladder_right || !tiles_right) std::fprintf(stderr, "a result is further than 1e-5 from the definition\n");
  const bool written = argc <= 2 || write_json(argv[2], ladder, tiles);
  if (!written) std::fprintf(stderr, "cannot write %s\n", argv[2]);
  return ladder_right && tiles_right && written ? 0 : 1;
}
