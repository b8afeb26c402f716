// instructions_reduce.cc: reduce_sum, reduce_max (ints: outer, reduced, inner) and arg_max (ints: rows, columns).
#include <cmath>

#include "decoder.h"

namespace pellucid {
namespace {

class Reduce : public Instruction {
 public:
  explicit Reduce(Decoder& decoder) {
    decoder.expect_operands(1, 1, 1);
    outer_ = decoder.take_size("outer");
    reduced_ = decoder.take_size("reduced");
    inner_ = decoder.take_size("inner");
    decoder.add_input(*this, decoder.product("the input", {outer_, reduced_, inner_}));
    decoder.add_output(*this, decoder.product("the output", {outer_, inner_}));
  }

 protected:
  std::int64_t outer_, reduced_, inner_;
};

class ReduceSum final : public Reduce {
 public:
  using Reduce::Reduce;

  void run(const Frame& frame) const noexcept override {
    frame.kernels.reduce_sum(outer_, reduced_, inner_, frame.at(inputs[0]), frame.at(outputs[0]), frame.workspace,
                             frame.pool);
  }

  std::int64_t workspace(const Kernels& kernels, int threads) const noexcept override {
    return kernels.reduce_sum_workspace(outer_, reduced_, inner_, threads);
  }
};

class ReduceMax final : public Reduce {
 public:
  using Reduce::Reduce;

  void run(const Frame& frame) const noexcept override {
    frame.kernels.reduce_max(outer_, reduced_, inner_, frame.at(inputs[0]), frame.at(outputs[0]), frame.pool);
  }
};

// The index of the first maximum of each row, as a float; a NaN counts as the maximum, as in NumPy.
class ArgMax final : public Instruction {
 public:
  explicit ArgMax(Decoder& decoder) {
    constexpr std::int64_t kExactIntegers = std::int64_t{1} << 24;  // beyond, a float cannot hold every index
    decoder.expect_operands(1, 1, 1);
    rows_ = decoder.take_size("rows");
    columns_ = decoder.take("columns", 1, kExactIntegers);
    decoder.add_input(*this, decoder.product("the input", {rows_, columns_}));
    decoder.add_output(*this, rows_);
  }

  void run(const Frame& frame) const noexcept override {
    const float* from = frame.at(inputs[0]);
    float* to = frame.at(outputs[0]);
    for (std::int64_t row = 0; row < rows_; ++row, from += columns_) {
      std::int64_t best = 0;
      for (std::int64_t i = 1; i < columns_ && !std::isnan(from[best]); ++i) {
        if (!(from[i] <= from[best])) best = i;
      }
      to[row] = static_cast<float>(best);
    }
  }

 private:
  std::int64_t rows_, columns_;
};

}  // namespace

std::unique_ptr<Instruction> decode_reduce_sum(Decoder& decoder) { return std::make_unique<ReduceSum>(decoder); }

std::unique_ptr<Instruction> decode_reduce_max(Decoder& decoder) { return std::make_unique<ReduceMax>(decoder); }

std::unique_ptr<Instruction> decode_arg_max(Decoder& decoder) { return std::make_unique<ArgMax>(decoder); }

}  // namespace pellucid
