// winograd_choice.cc: which convolutions run by Winograd's method: a model of what each way costs.
#include "kernels.h"
#include "pairs.h"
#include "winograd.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// Times in units of one vector multiplication (with its addition), per vector of the numbers concerned.
constexpr double kDirect = 1.05;      // per multiplication
constexpr double kProduct = 1.12;     // per multiplication: stores of the products included
constexpr double kFrequencyIn = 5.5;  // per frequency of a transformed tile, on the way in and on the way back
constexpr double kFrequencyOut = 5.5;
constexpr double kPairs = 0.55;       // of the direct kernel's time: what it takes in pairs of bfloat16, with conversion
constexpr double kFrequencyKernel = 12;  // per frequency of a transformed kernel: streams through the caches
constexpr double kFrequencyPacked = 8;   // the same where it was transformed once and for all
constexpr double kFromMemory = 20;       // and where it is too large for L2 caches: it is read from beyond them
constexpr double kMoreRounds = 60e3;    // all workers meet once or twice more: some 10 us, what a tiny layer takes

constexpr int64_t kCacheFloats = 1'000'000;  // 4 MB: the L2 caches of a few workers

template <class F>
double cost(const ConvProblem& problem, Pass pass) noexcept {
  const Tiling t = make_tiling<F>(problem, pass == Pass::kInput);
  const double tiles = static_cast<double>(t.tiles), depth = static_cast<double>(t.depth);
  const double columns = static_cast<double>(ceil_div(t.width, kLanes));
  const double source = static_cast<double>(t.planes * ceil_div(t.channels, kLanes));
  const double per_tile = kProduct * depth * columns + kFrequencyIn * source + kFrequencyOut * columns;
  const bool is_far = kernel_floats<F>(t) > kCacheFloats;
  const double kernel = !problem.packed ? kFrequencyKernel : is_far ? kFromMemory : kFrequencyPacked;
  return kMoreRounds + F::kFrequencies * (tiles * per_tile + kernel * depth * columns);
}

double direct_cost(const ConvProblem& problem, Pass pass) noexcept {
  const WindowGeometry& window = problem.window;
  double count = kDirect * static_cast<double>(problem.batch);
  for (int a = 0; a < kSpatial; ++a) count *= static_cast<double>(window.output[a] * window.kernel[a]);
  const bool backward = pass == Pass::kInput;
  const int64_t columns = padded_columns(backward ? problem.in_channels : problem.out_channels);
  return count * static_cast<double>(backward ? problem.out_channels : problem.in_channels) *
         static_cast<double>(ceil_div(columns, kLanes));
}

}  // namespace

const char* winograd_obstacle(const ConvProblem& problem, Pass pass) noexcept {
  const WindowGeometry& window = problem.window;
  const int64_t taps = window.kernel[2];
  const bool is_line = window.kernel[1] == 1 && window.input[1] == 1 && window.output[1] == 1;
  const bool is_square = window.kernel[1] == taps;
  if (problem.groups != 1) return "Winograd needs all channels in one group";
  if ((taps != 3 && taps != 5) || !(is_line || is_square)) return "Winograd is for kernels of 3, 5, 3x3 or 5x5 taps";
  for (int a = pass == Pass::kInput ? 0 : 1; a < kSpatial; ++a) {
    if (window.stride[a] != 1) return "Winograd needs strides of 1";
  }
  for (int a = 1; a < kSpatial; ++a) {
    if (window.dilation[a] != 1) return "Winograd needs taps side by side";
  }
  // rows of V and M are whole vectors
  return problem.in_channels > 8 && problem.out_channels > 8 ? nullptr : "too few channels for Winograd";
}

bool prefers_small_tiles(const ConvProblem& problem) noexcept {
  const WindowGeometry& window = problem.window;
  if (window.kernel[1] != 3 || window.kernel[2] != 3) return false;
  return cost<Form<2, 3, true>>(problem, Pass::kForward) < cost<Form<4, 3, true>>(problem, Pass::kForward);
}

double winograd_cost(const ConvProblem& problem, Pass pass) noexcept {
  double relative = 0;
  with_convolution_form(problem, pass != Pass::kForward, [&]<class F>() noexcept {
    relative = cost<F>(problem, pass) / direct_cost(problem, pass);
  });
  return relative;
}

bool uses_winograd(const ConvProblem& problem, Pass pass) noexcept {
  if (problem.exact || winograd_obstacle(problem, pass) != nullptr) return false;
  return winograd_cost(problem, pass) < (uses_pairs(problem, pass) ? kPairs : 1);
}

bool can_add_back_winograd(const ConvProblem& problem) noexcept {
  constexpr int64_t kLeastImages = 8;  // an image is an item
  const WindowGeometry& window = problem.window;
  return window.kernel[0] == 1 && window.input[0] == 1 && window.output[0] == 1 && problem.batch >= kLeastImages;
}

bool adds_back_winograd(const ConvProblem& problem) noexcept {
  bool is_better = false;
  with_form(problem.window, [&]<class F>() noexcept {
    const Tiling t = make_tiling<F>(problem, false);
    const bool is_large = kernel_floats<F>(t) > kLargeKernel;  // runs by stages
    is_better = !is_large && t.tiles <= make_tiling<F>(problem, true).tiles;
  });
  return is_better && can_add_back_winograd(problem);
}

const char* winograd_name(const ConvProblem& problem, Pass pass) noexcept {
  const bool is_wide = problem.window.kernel[2] == 5;
  if (problem.window.kernel[1] == 1) return is_wide ? "winograd F(2, 5)" : "winograd F(4, 3)";
  if (is_wide) return "winograd F(2x2, 5x5)";
  return pass == Pass::kForward && prefers_small_tiles(problem) ? "winograd F(2x2, 3x3)" : "winograd F(4x4, 3x3)";
}

}  // namespace pellucid::PELLUCID_ISA
