// conv_max_pool_backward.cc: the gradients of max_pool(convolution(input, weights) + bias): of the weights, and of the
// input where it is asked for.
//
// By Winograd's method the gradient of the convolution's result, three quarters of it zeros, is put together tile by
// tile (winograd_gradient.h). Otherwise it is written to memory once, for both.
#include "kernels.h"
#include "winograd.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {
namespace {

bool works_in_tiles(const ConvProblem& problem, const PoolProblem& pooling, bool with_input) noexcept {
  if (!uses_winograd(problem, Pass::kWeights) || !can_pool_winograd(problem, pooling)) return false;
  return !with_input || (uses_winograd(problem, Pass::kInput) && can_add_back_winograd(problem));
}

int64_t result_floats(const ConvProblem& problem) noexcept {
  const int64_t* const size = problem.window.output;
  return problem.batch * size[0] * size[1] * size[2] * problem.out_channels;
}

}  // namespace

void conv_max_pool_backward(const ConvProblem& problem, const PoolProblem& pooling, const float* input,
                            const float* weights, const float* places, const float* grad_output, float* grad_weights,
                            float* grad_input, float* workspace, ThreadPool& pool) noexcept {
  if (works_in_tiles(problem, pooling, grad_input != nullptr)) {
    winograd_weights(problem, input, grad_output, places, grad_weights, workspace, pool);
    if (grad_input != nullptr) {
      winograd_input(problem, grad_output, places, weights, grad_input, workspace, pool);
    }
    return;
  }
  Workspace memory(workspace);
  float* const unpooled = memory.take<float>(result_floats(problem));
  float* const rest = memory.take<float>(0);
  max_unpool(pooling, places, grad_output, unpooled, pool);
  conv_backward_weights(problem, input, unpooled, grad_weights, rest, pool);
  if (grad_input != nullptr) conv_backward_input(problem, unpooled, weights, grad_input, rest, pool);
}

std::int64_t conv_max_pool_backward_workspace(const ConvProblem& problem, const PoolProblem& pooling, bool with_input,
                                              int threads) noexcept {
  if (works_in_tiles(problem, pooling, with_input)) {
    const int64_t of_weights = winograd_weights_workspace(problem, true, threads);
    return with_input ? larger(of_weights, winograd_input_workspace(problem, true, threads)) : of_weights;
  }
  const int64_t of_weights = conv_backward_weights_workspace(problem, threads);
  const int64_t of_input = with_input ? conv_backward_input_workspace(problem, threads) : 0;
  Workspace memory(nullptr);
  memory.take<float>(result_floats(problem));
  memory.take<float>(larger(of_weights, of_input));
  return memory.floats();
}

const char* conv_max_pool_backward_variant(const ConvProblem& problem, const PoolProblem& pooling,
                                           bool with_input) noexcept {
  return works_in_tiles(problem, pooling, with_input) ? winograd_name(problem, Pass::kWeights)
                                                      : conv_backward_weights_variant(problem);
}

}  // namespace pellucid::PELLUCID_ISA
