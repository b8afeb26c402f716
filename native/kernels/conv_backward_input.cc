// conv_backward_input.cc: grad_input[i][ic] = sum over the outputs o that read input i through a tap, and their
// channels, of grad_output[o][oc] * weights[tap][ic][oc], by Winograd's method (winograd.h) or by the indirect driver
// (conv_indirect.h): one walk per phase of the stride, with the weights transposed.
#include "conv_depthwise.h"
#include "conv_indirect.h"
#include "kernels.h"
#include "winograd.h"

namespace pellucid::PELLUCID_ISA {

void conv_backward_input(const ConvProblem& problem, const float* grad_output, const float* weights, float* grad_input,
                         float* workspace, ThreadPool& pool) noexcept {
  if (uses_winograd(problem, Pass::kInput)) {
    if (adds_back_winograd(problem)) {
      winograd_input(problem, grad_output, nullptr, weights, grad_input, workspace, pool);
      return;
    }
    const WinogradResult result = {nullptr, kUnbounded, false, grad_input, nullptr};
    winograd_convolution(problem, true, grad_output, weights, result, workspace, pool);
    return;
  }
  Workspace memory(workspace);
  IndirectConv conv = plan_indirect(problem, true, pool.threads(), memory);
  set_source(conv, grad_output, pool);
  set_weights(conv, weights, pool);
  conv.out = grad_input;
  is_depthwise(problem) ? run_depthwise(conv, pool) : run_indirect(conv, pool);
}

std::int64_t conv_backward_input_workspace(const ConvProblem& problem, int threads) noexcept {
  if (uses_winograd(problem, Pass::kInput)) {
    return adds_back_winograd(problem) ? winograd_input_workspace(problem, false, threads)
                                       : winograd_convolution_workspace(problem, true, false, threads);
  }
  Workspace memory(nullptr);
  plan_indirect(problem, true, threads, memory);
  return memory.floats();
}

const char* conv_backward_input_variant(const ConvProblem& problem) noexcept {
  if (uses_winograd(problem, Pass::kInput)) return winograd_name(problem, Pass::kInput);
  return direct_name(problem, true);
}

}  // namespace pellucid::PELLUCID_ISA
