// instructions_fill.cc: fill (ints: count; floats: value), one_hot (ints: rows, depth) and random_uniform
// (ints: stream, count).
#include <algorithm>

#include "decoder.h"
#include "random.h"

namespace pellucid {
namespace {

constexpr std::int64_t kItemFloats = 32768;

class Fill final : public Instruction {
 public:
  explicit Fill(Decoder& decoder) {
    decoder.expect_operands(0, 0, 1);
    count_ = decoder.take_size("count");
    value_ = decoder.take_float("the value");
    decoder.add_output(*this, count_);
  }

  void run(const Frame& frame) const noexcept override {
    float* to = frame.at(outputs[0]);
    parallel_for(frame.pool, (count_ + kItemFloats - 1) / kItemFloats, [&](std::int64_t item, int) noexcept {
      const std::int64_t begin = item * kItemFloats;
      std::fill_n(to + begin, std::min(kItemFloats, count_ - begin), value_);
    });
  }

 private:
  std::int64_t count_;
  float value_;
};

// y[r, j] = 1 where x[r] == j, else 0.
class OneHot final : public Instruction {
 public:
  explicit OneHot(Decoder& decoder) {
    decoder.expect_operands(1, 1, 1);
    rows_ = decoder.take_size("rows");
    depth_ = decoder.take_size("depth");
    decoder.add_input(*this, rows_);
    decoder.add_output(*this, decoder.product("the output", {rows_, depth_}));
  }

  void run(const Frame& frame) const noexcept override {
    const float* labels = frame.at(inputs[0]);
    float* to = frame.at(outputs[0]);
    std::fill_n(to, rows_ * depth_, 0.0f);
    for (std::int64_t row = 0; row < rows_; ++row, to += depth_) {
      const float label = labels[row];
      if (!(label >= 0.0f && label < static_cast<float>(depth_))) continue;  // NaN, too
      const std::int64_t j = static_cast<std::int64_t>(label);
      if (static_cast<float>(j) == label && j < depth_) to[j] = 1.0f;
    }
  }

 private:
  std::int64_t rows_, depth_;
};

// Uniform numbers in [0, 1) of a stream: the same for the same (seed, step, stream), whatever ran before.
class RandomUniform final : public Instruction {
 public:
  explicit RandomUniform(Decoder& decoder) {
    decoder.expect_operands(0, 0, 1);
    stream_ = static_cast<std::uint32_t>(decoder.take("stream", 0, UINT32_MAX));
    count_ = decoder.take_size("count");
    decoder.add_output(*this, count_);
  }

  void run(const Frame& frame) const noexcept override {
    std::uint32_t key0 = stream_, key1 = frame.step;
    threefry2x32(static_cast<std::uint32_t>(frame.seed), static_cast<std::uint32_t>(frame.seed >> 32), key0, key1);
    frame.kernels.random_uniform(key0, key1, count_, frame.at(outputs[0]), frame.pool);
  }

 private:
  std::uint32_t stream_;
  std::int64_t count_;
};

}  // namespace

std::unique_ptr<Instruction> decode_fill(Decoder& decoder) { return std::make_unique<Fill>(decoder); }

std::unique_ptr<Instruction> decode_one_hot(Decoder& decoder) { return std::make_unique<OneHot>(decoder); }

std::unique_ptr<Instruction> decode_random_uniform(Decoder& decoder) {
  return std::make_unique<RandomUniform>(decoder);
}

}  // namespace pellucid
