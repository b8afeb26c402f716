// instructions_pool.cc: max_pool, average_pool, their gradients, max_unpool and max_pool_select.
//
// ints: N, C, input[3], output[3], kernel[3], stride[3], dilation[3], pad[3].
#include "decode_window.h"

namespace pellucid {
namespace {

struct Pool {
  PoolProblem problem;
  std::int64_t input_floats, output_floats;
};

Pool take_pool(Decoder& decoder) {
  Pool pool;
  PoolProblem& problem = pool.problem;
  problem.batch = decoder.take_size("the batch");
  problem.channels = decoder.take_size("the number of channels");
  problem.window = take_window(decoder);
  const auto& [input, output, kernel, stride, dilation, pad] = problem.window;
  pool.input_floats = decoder.product("the input", {problem.batch, input[0], input[1], input[2], problem.channels});
  pool.output_floats =
      decoder.product("the output", {problem.batch, output[0], output[1], output[2], problem.channels});
  return pool;
}

class MaxPool final : public Instruction {
 public:
  explicit MaxPool(Decoder& decoder) {
    decoder.expect_operands(1, 1, 1);
    const Pool pool = take_pool(decoder);
    problem_ = pool.problem;
    decoder.add_input(*this, pool.input_floats);
    decoder.add_output(*this, pool.output_floats);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.max_pool(problem_, frame.at(inputs[0]), frame.at(outputs[0]), frame.pool);
  }

 private:
  PoolProblem problem_;
};

class MaxPoolBackward final : public Instruction {
 public:
  explicit MaxPoolBackward(Decoder& decoder) {
    decoder.expect_operands(3, 3, 1);
    const Pool pool = take_pool(decoder);
    problem_ = pool.problem;
    decoder.add_input(*this, pool.input_floats);
    decoder.add_input(*this, pool.output_floats);
    decoder.add_input(*this, pool.output_floats);
    decoder.add_output(*this, pool.input_floats);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.max_pool_backward(problem_, frame.at(inputs[0]), frame.at(inputs[1]), frame.at(inputs[2]),
                                    frame.at(outputs[0]), frame.pool);
  }

 private:
  PoolProblem problem_;
};

class MaxPoolSelect final : public Instruction {
 public:
  explicit MaxPoolSelect(Decoder& decoder) {
    decoder.expect_operands(3, 3, 1);
    const Pool pool = take_pool(decoder);
    problem_ = pool.problem;
    decoder.add_input(*this, pool.input_floats);
    decoder.add_input(*this, pool.output_floats);
    decoder.add_input(*this, pool.input_floats);
    decoder.add_output(*this, pool.output_floats);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.max_pool_select(problem_, frame.at(inputs[0]), frame.at(inputs[1]), frame.at(inputs[2]),
                                  frame.at(outputs[0]), frame.pool);
  }

 private:
  PoolProblem problem_;
};

class MaxUnpool final : public Instruction {
 public:
  explicit MaxUnpool(Decoder& decoder) {
    decoder.expect_operands(2, 2, 1);
    const Pool pool = take_pool(decoder);
    problem_ = pool.problem;
    decoder.add_input(*this, pool.output_floats);
    decoder.add_input(*this, pool.output_floats);
    decoder.add_output(*this, pool.input_floats);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.max_unpool(problem_, frame.at(inputs[0]), frame.at(inputs[1]), frame.at(outputs[0]), frame.pool);
  }

 private:
  PoolProblem problem_;
};

class AveragePool final : public Instruction {
 public:
  explicit AveragePool(Decoder& decoder) {
    decoder.expect_operands(1, 1, 1);
    const Pool pool = take_pool(decoder);
    problem_ = pool.problem;
    decoder.add_input(*this, pool.input_floats);
    decoder.add_output(*this, pool.output_floats);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.average_pool(problem_, frame.at(inputs[0]), frame.at(outputs[0]), frame.pool);
  }

 private:
  PoolProblem problem_;
};

class AveragePoolBackward final : public Instruction {
 public:
  explicit AveragePoolBackward(Decoder& decoder) {
    decoder.expect_operands(1, 1, 1);
    const Pool pool = take_pool(decoder);
    problem_ = pool.problem;
    decoder.add_input(*this, pool.output_floats);
    decoder.add_output(*this, pool.input_floats);
  }

  void run(const Frame& frame) const noexcept override {
    frame.kernels.average_pool_backward(problem_, frame.at(inputs[0]), frame.at(outputs[0]), frame.pool);
  }

 private:
  PoolProblem problem_;
};

}  // namespace

std::unique_ptr<Instruction> decode_max_pool(Decoder& decoder) { return std::make_unique<MaxPool>(decoder); }

std::unique_ptr<Instruction> decode_max_pool_backward(Decoder& decoder) {
  return std::make_unique<MaxPoolBackward>(decoder);
}

std::unique_ptr<Instruction> decode_max_pool_select(Decoder& decoder) {
  return std::make_unique<MaxPoolSelect>(decoder);
}

std::unique_ptr<Instruction> decode_max_unpool(Decoder& decoder) { return std::make_unique<MaxUnpool>(decoder); }

std::unique_ptr<Instruction> decode_average_pool(Decoder& decoder) { return std::make_unique<AveragePool>(decoder); }

std::unique_ptr<Instruction> decode_average_pool_backward(Decoder& decoder) {
  return std::make_unique<AveragePoolBackward>(decoder);
}

}  // namespace pellucid
