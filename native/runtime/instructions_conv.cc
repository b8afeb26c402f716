// instructions_conv.cc: conv_forward, conv_backward_input, conv_backward_weights, and what is fused with a convolution.
//
// ints: N, IC, OC, groups, input[3], output[3], kernel[3], stride[3], dilation[3], pad[3], arithmetic (0: float32 by
// any method, 1: exact sums, 2: products of bfloat16 where they are faster); conv_forward and conv_max_pool: then
// whether the weights are packed, since they stay the same from run to run, and the kind of bounds; conv_max_pool: then
// whether places are written, and the pooling's six times 3 numbers. conv_max_pool_backward: whether the gradient of
// the input is written, then the pooling. Its inputs are input, places, grad_output and, for the gradient of the input,
// weights; its outputs the gradients of weights and input. pointwise_depthwise: the 1x1 convolution as conv_forward has
// it, then the depthwise convolution's six times 3 numbers and its kind of bounds; its inputs are input, weights, bias,
// depthwise weights and depthwise bias.
#include <cstdio>

#include "decode_window.h"

namespace pellucid {
namespace {

struct Conv {
  ConvProblem problem;
  std::int64_t input_floats, weight_floats, output_floats;
};

Conv take_conv(Decoder& decoder) {
  Conv conv;
  ConvProblem& problem = conv.problem;
  problem.batch = decoder.take_size("the batch");
  problem.in_channels = decoder.take_size("the number of input channels");
  problem.out_channels = decoder.take_size("the number of output channels");
  problem.groups = decoder.take_size("the number of groups");
  problem.window = take_window(decoder);
  const std::int64_t arithmetic = decoder.take("arithmetic", 0, 2);
  problem.exact = arithmetic == 1;
  problem.bfloat16 = arithmetic == 2;
  if (problem.in_channels % problem.groups != 0 || problem.out_channels % problem.groups != 0) {
    decoder.fail("groups=" + std::to_string(problem.groups) + " must divide the input channels=" +
                 std::to_string(problem.in_channels) + " and the output channels=" +
                 std::to_string(problem.out_channels));
  }
  const auto& [input, output, kernel, stride, dilation, pad] = problem.window;
  conv.input_floats =
      decoder.product("the input", {problem.batch, input[0], input[1], input[2], problem.in_channels});
  conv.output_floats =
      decoder.product("the output", {problem.batch, output[0], output[1], output[2], problem.out_channels});
  conv.weight_floats = decoder.product("the weights", {kernel[0], kernel[1], kernel[2],
                                                       problem.in_channels / problem.groups, problem.out_channels});
  return conv;
}

// 0 for none, 1 for ReLU, 2 for ReLU that ends at the next of the floats.
Bounds take_bounds(Decoder& decoder) {
  const std::int64_t kind = decoder.take("the kind of bounds", 0, 2);
  if (kind == 0) return kUnbounded;
  return {0, kind == 2 ? decoder.take_float("the upper bound") : kUnbounded.high};
}

// What the three passes have in common: the problem, and why it is computed as it is.
class ConvInstruction : public Instruction {
 public:
  std::string reason(const Kernels& kernels) const override {
    std::string text = reason_of_method(kernels);
    if (!problem_.bfloat16 || kernels.uses_winograd(problem_, pass_)) return text;
    const char* const obstacle = kernels.bfloat16_obstacle(problem_, pass_);
    return text.append("; ").append(obstacle == nullptr ? "bfloat16 is asked for" : obstacle);
  }

  bool wants_bfloat16() const noexcept override { return problem_.bfloat16; }

  std::int64_t kept_floats(const Kernels& kernels) const noexcept override {
    return problem_.packed ? kernels.conv_packed_floats(problem_) : 0;
  }

  void prepare(const Frame& frame) const noexcept override {
    if (kept == nullptr) return;
    frame.kernels.conv_pack(problem_, frame.at(inputs[1]), kept, frame.workspace, frame.pool);
  }

 protected:
  explicit ConvInstruction(Pass pass) : pass_(pass) {}

  // Of the forward pass: as they are, or packed.
  const float* weights(const Frame& frame) const noexcept { return kept == nullptr ? frame.at(inputs[1]) : kept; }

  ConvProblem problem_;

 private:
  // By Winograd or not.
  std::string reason_of_method(const Kernels& kernels) const {
    if (const char* obstacle = kernels.winograd_obstacle(problem_, pass_)) return obstacle;
    if (problem_.exact) return "exact sums are asked for";
    char text[80];
    std::snprintf(text, sizeof(text), "Winograd is estimated at %.2f of the direct kernel's time",
                  kernels.winograd_cost(problem_, pass_));
    return text;
  }

  Pass pass_;
};

class ConvForward final : public ConvInstruction {
 public:
  explicit ConvForward(Decoder& decoder) : ConvInstruction(Pass::kForward) {
    decoder.expect_operands(2, 3, 1);
    const Conv conv = take_conv(decoder);
    problem_ = conv.problem;
    problem_.packed = decoder.take_flag("packed");
    bounds_ = take_bounds(decoder);
    decoder.add_input(*this, conv.input_floats);
    decoder.add_input(*this, conv.weight_floats);
    if (decoder.inputs() == 3) decoder.add_input(*this, problem_.out_channels);
    decoder.add_output(*this, conv.output_floats);
  }

  void run(const Frame& frame) const noexcept override {
    const float* bias = inputs.size() == 3 ? frame.at(inputs[2]) : nullptr;
    frame.kernels.conv_forward(problem_, frame.at(inputs[0]), weights(frame), bias, bounds_, frame.at(outputs[0]),
                               frame.workspace, frame.pool);
  }

  std::int64_t workspace(const Kernels& kernels, int threads) const noexcept override {
    return kernels.conv_forward_workspace(problem_, threads);
  }

  std::string variant(const Kernels& kernels) const override { return kernels.conv_forward_variant(problem_); }

 private:
  Bounds bounds_;
};

// The pooling behind a convolution, and the floats of its result.
std::int64_t take_pooling(Decoder& decoder, const ConvProblem& problem, PoolProblem& pooling) {
  pooling = {problem.batch, problem.out_channels, take_window(decoder)};
  const auto& [input, output, kernel, stride, dilation, pad] = pooling.window;
  for (int axis = 0; axis < kSpatial; ++axis) {
    if (input[axis] != problem.window.output[axis]) decoder.fail("the pooling must be that of the convolved output");
  }
  return decoder.product("the pooled output", {problem.batch, output[0], output[1], output[2], problem.out_channels});
}

class ConvMaxPool final : public ConvInstruction {
 public:
  explicit ConvMaxPool(Decoder& decoder) : ConvInstruction(Pass::kForward) {
    const Conv conv = take_conv(decoder);
    problem_ = conv.problem;
    problem_.packed = decoder.take_flag("packed");
    bounds_ = take_bounds(decoder);
    const bool places = decoder.take_flag("places");
    decoder.expect_operands(3, 3, places ? 2 : 1);
    const std::int64_t pooled = take_pooling(decoder, problem_, pooling_);
    decoder.add_input(*this, conv.input_floats);
    decoder.add_input(*this, conv.weight_floats);
    decoder.add_input(*this, problem_.out_channels);
    decoder.add_output(*this, pooled);
    if (places) decoder.add_output(*this, pooled);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.conv_max_pool(problem_, pooling_, frame.at(inputs[0]), weights(frame), frame.at(inputs[2]), bounds_,
                                frame.at(outputs[0]), outputs.size() == 2 ? frame.at(outputs[1]) : nullptr,
                                frame.workspace, frame.pool);
  }

  std::int64_t workspace(const Kernels& kernels, int threads) const noexcept override {
    return kernels.conv_max_pool_workspace(problem_, pooling_, threads);
  }

  std::string variant(const Kernels& kernels) const override {
    return kernels.conv_max_pool_variant(problem_, pooling_);
  }

 private:
  PoolProblem pooling_;
  Bounds bounds_;
};

class ConvMaxPoolBackward final : public ConvInstruction {
 public:
  explicit ConvMaxPoolBackward(Decoder& decoder) : ConvInstruction(Pass::kWeights) {
    const Conv conv = take_conv(decoder);
    problem_ = conv.problem;
    with_input_ = decoder.take_flag("with_input");
    const std::size_t inputs_wanted = with_input_ ? 4 : 3;
    decoder.expect_operands(inputs_wanted, inputs_wanted, with_input_ ? 2 : 1);
    const std::int64_t pooled = take_pooling(decoder, problem_, pooling_);
    decoder.add_input(*this, conv.input_floats);
    decoder.add_input(*this, pooled);
    decoder.add_input(*this, pooled);
    if (with_input_) decoder.add_input(*this, conv.weight_floats);
    decoder.add_output(*this, conv.weight_floats);
    if (with_input_) decoder.add_output(*this, conv.input_floats);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.conv_max_pool_backward(problem_, pooling_, frame.at(inputs[0]),
                                         with_input_ ? frame.at(inputs[3]) : nullptr, frame.at(inputs[1]),
                                         frame.at(inputs[2]), frame.at(outputs[0]),
                                         with_input_ ? frame.at(outputs[1]) : nullptr, frame.workspace, frame.pool);
  }

  std::int64_t workspace(const Kernels& kernels, int threads) const noexcept override {
    return kernels.conv_max_pool_backward_workspace(problem_, pooling_, with_input_, threads);
  }

  std::string variant(const Kernels& kernels) const override {
    return kernels.conv_max_pool_backward_variant(problem_, pooling_, with_input_);
  }

 private:
  PoolProblem pooling_;
  bool with_input_;
};

class PointwiseDepthwise final : public ConvInstruction {
 public:
  explicit PointwiseDepthwise(Decoder& decoder) : ConvInstruction(Pass::kForward) {
    decoder.expect_operands(5, 5, 1);
    const Conv conv = take_conv(decoder);
    problem_ = conv.problem;
    problem_.packed = decoder.take_flag("packed");
    bounds_ = take_bounds(decoder);
    const std::int64_t channels = problem_.out_channels;
    depthwise_ = {problem_.batch, channels, channels, channels, take_window(decoder), problem_.exact};
    depthwise_bounds_ = take_bounds(decoder);
    const auto& [input, output, kernel, stride, dilation, pad] = depthwise_.window;
    for (int axis = 0; axis < kSpatial; ++axis) {
      const WindowGeometry& point = problem_.window;
      if (input[axis] != point.output[axis]) decoder.fail("the depthwise convolution must be that of the pointwise");
      if (point.kernel[axis] != 1 || point.stride[axis] != 1 || point.pad[axis] != 0 || problem_.groups != 1) {
        decoder.fail("the pointwise convolution must be one of 1 x 1, at every pixel, in one group");
      }
    }
    decoder.add_input(*this, conv.input_floats);
    decoder.add_input(*this, conv.weight_floats);
    decoder.add_input(*this, channels);
    decoder.add_input(*this, decoder.product("the weights", {kernel[0], kernel[1], kernel[2], channels}));
    decoder.add_input(*this, channels);
    decoder.add_output(*this, decoder.product("the output", {problem_.batch, output[0], output[1], output[2], channels}));
  }

  void run(const Frame& frame) const noexcept override {
    const Filters wide = {weights(frame), frame.at(inputs[2]), bounds_};
    const Filters deep = {frame.at(inputs[3]), frame.at(inputs[4]), depthwise_bounds_};
    frame.kernels.pointwise_depthwise(problem_, depthwise_, frame.at(inputs[0]), wide, deep, frame.at(outputs[0]),
                                      frame.workspace, frame.pool);
  }

  std::int64_t workspace(const Kernels& kernels, int threads) const noexcept override {
    return kernels.pointwise_depthwise_workspace(problem_, depthwise_, threads);
  }

  std::string variant(const Kernels& kernels) const override {
    return kernels.pointwise_depthwise_variant(problem_, depthwise_);
  }

 private:
  ConvProblem depthwise_;
  Bounds bounds_, depthwise_bounds_;
};

class ConvBackwardInput final : public ConvInstruction {
 public:
  explicit ConvBackwardInput(Decoder& decoder) : ConvInstruction(Pass::kInput) {
    decoder.expect_operands(2, 2, 1);
    const Conv conv = take_conv(decoder);
    problem_ = conv.problem;
    decoder.add_input(*this, conv.output_floats);
    decoder.add_input(*this, conv.weight_floats);
    decoder.add_output(*this, conv.input_floats);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.conv_backward_input(problem_, frame.at(inputs[0]), frame.at(inputs[1]), frame.at(outputs[0]),
                                      frame.workspace, frame.pool);
  }

  std::int64_t workspace(const Kernels& kernels, int threads) const noexcept override {
    return kernels.conv_backward_input_workspace(problem_, threads);
  }

  std::string variant(const Kernels& kernels) const override { return kernels.conv_backward_input_variant(problem_); }
};

class ConvBackwardWeights final : public ConvInstruction {
 public:
  explicit ConvBackwardWeights(Decoder& decoder) : ConvInstruction(Pass::kWeights) {
    decoder.expect_operands(2, 2, 1);
    const Conv conv = take_conv(decoder);
    problem_ = conv.problem;
    decoder.add_input(*this, conv.input_floats);
    decoder.add_input(*this, conv.output_floats);
    decoder.add_output(*this, conv.weight_floats);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.conv_backward_weights(problem_, frame.at(inputs[0]), frame.at(inputs[1]), frame.at(outputs[0]),
                                        frame.workspace, frame.pool);
  }

  std::int64_t workspace(const Kernels& kernels, int threads) const noexcept override {
    return kernels.conv_backward_weights_workspace(problem_, threads);
  }

  std::string variant(const Kernels& kernels) const override {
    return kernels.conv_backward_weights_variant(problem_);
  }
};

}  // namespace

std::unique_ptr<Instruction> decode_conv_forward(Decoder& decoder) { return std::make_unique<ConvForward>(decoder); }

std::unique_ptr<Instruction> decode_conv_max_pool(Decoder& decoder) { return std::make_unique<ConvMaxPool>(decoder); }

std::unique_ptr<Instruction> decode_conv_max_pool_backward(Decoder& decoder) {
  return std::make_unique<ConvMaxPoolBackward>(decoder);
}

std::unique_ptr<Instruction> decode_pointwise_depthwise(Decoder& decoder) {
  return std::make_unique<PointwiseDepthwise>(decoder);
}

std::unique_ptr<Instruction> decode_conv_backward_input(Decoder& decoder) {
  return std::make_unique<ConvBackwardInput>(decoder);
}

std::unique_ptr<Instruction> decode_conv_backward_weights(Decoder& decoder) {
  return std::make_unique<ConvBackwardWeights>(decoder);
}

}  // namespace pellucid
