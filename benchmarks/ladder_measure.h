// ladder_measure.h: whether rungs are right, and how long they take.
#pragma once

#include <algorithm>
#include <cmath>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "kernels.h"
#include "ladder_rungs.h"
#include "parallel.h"

namespace {

using namespace pellucid;
using std::int64_t;
namespace fast = PELLUCID_ISA;

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

}  // namespace
