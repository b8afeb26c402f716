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
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "kernels.h"
#include "ladder_measure.h"
#include "ladder_report.h"
#include "ladder_rungs.h"
#include "parallel.h"

using namespace pellucid;
namespace fast = PELLUCID_ISA;

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
