// comparison.h: what a kernel computes, against what it should: with 1 and 3 threads, exactly or nearly.
#pragma once

#include <cmath>
#include <cstdio>
#include <functional>
#include <utility>

#include "operands.h"
#include "parallel.h"

namespace {

using namespace pellucid;

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

}  // namespace
