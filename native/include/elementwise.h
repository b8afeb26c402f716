// elementwise.h: a chain of elementwise functions, as one operation.
//
// The chain is a small register program over a flat index space of `count` elements: registers 0 .. inputs-1 are the
// inputs, then come the constants, and step i writes register inputs + constants + i. The kernel evaluates it block by
// block, so that intermediate values never leave the L1 cache. A value may be stored (an output), or summed over all
// axes but the last (a sum: one number per channel), or both. The pointers here belong to whoever made the problem.
#pragma once

#include <cstdint>

namespace pellucid {

inline constexpr int kMaxRank = 8;
inline constexpr int kMaxElementwiseInputs = 32;
inline constexpr int kMaxElementwiseOutputs = 16;
inline constexpr int kMaxElementwiseSums = 8;
inline constexpr std::int64_t kMaxElementwiseSumColumns = 1024;  // channels of a sum
inline constexpr int kMaxElementwiseConstants = 128;
inline constexpr int kMaxElementwiseSteps = 512;
inline constexpr int kMaxElementwiseSlots = 128;  // values that may be alive at once
inline constexpr std::int64_t kSmallestBlock = 64;  // elements that are computed in one go, at least
inline constexpr std::int64_t kElementwiseScratchFloats = kSmallestBlock * kMaxElementwiseSlots;

// Comparisons give 1 or 0; where(c, a, b) is a where c != 0, else b; relu, maximum and minimum pass NaN on.
enum class ElementwiseFunction : std::int32_t {
  kNegative, kAbsolute, kExp, kLog, kSqrt, kTanh, kSigmoid, kRelu, kErf, kLog1p, kExpm1, kSin, kCos, kFloor,
  kAdd, kSubtract, kMultiply, kDivide, kPower, kMaximum, kMinimum, kGreater, kGreaterEqual, kEqual,
  kWhere,
  // Two steps in one, which programs do not name: an engine joins them (joined_steps.h). Each rounds as by itself.
  kAddAdd, kAddSubtract, kAddMultiply, kSubtractAdd, kSubtractSubtract, kSubtractMultiply, kMultiplyAdd,
  kMultiplySubtract, kMultiplyMultiply, kReluMinimum, kGreaterWhere, kGreaterEqualWhere,
};

struct ElementwiseFunctionInfo {
  const char* name;
  int operands;
};

// Indexed by ElementwiseFunction: those that programs name.
inline constexpr ElementwiseFunctionInfo kElementwiseFunctions[] = {
    {"negative", 1}, {"absolute", 1}, {"exp", 1},      {"log", 1},      {"sqrt", 1},     {"tanh", 1},
    {"sigmoid", 1},  {"relu", 1},     {"erf", 1},      {"log1p", 1},    {"expm1", 1},    {"sin", 1},
    {"cos", 1},      {"floor", 1},    {"add", 2},      {"subtract", 2}, {"multiply", 2}, {"divide", 2},
    {"power", 2},    {"maximum", 2},  {"minimum", 2},  {"greater", 2},  {"greater_equal", 2}, {"equal", 2},
    {"where", 3},
};
[[maybe_unused]] static constexpr int operands_of(ElementwiseFunction function) noexcept {
  using enum ElementwiseFunction;
  if (function <= kWhere) return kElementwiseFunctions[static_cast<int>(function)].operands;
  return function == kReluMinimum ? 2 : function >= kGreaterWhere ? 4 : 3;
}
inline constexpr int kElementwiseFunctionCount = sizeof(kElementwiseFunctions) / sizeof(kElementwiseFunctions[0]);

// Where the elements of an input lie, with neighbouring axes merged as far as they go:
// rank 1 stride 1 is the whole array in order, rank 1 stride 0 a scalar, strides (0, 1) a bias, (1, 0) a row constant.
struct ElementwiseInput {
  int rank;  // >= 1
  std::int64_t dims[kMaxRank];
  std::int64_t strides[kMaxRank];  // in floats; 0 repeats
  std::int32_t slot;               // where its elements are gathered; unused if in order or scalar
};

struct ElementwiseStep {
  ElementwiseFunction function;
  std::int32_t operands[4];  // registers; unused ones are 0
  std::int32_t slot;         // where the value is kept inside a block; shared by values that are never alive together
};

struct ElementwiseProblem {
  std::int64_t count;  // elements of every output
  int inputs, outputs, sums, constants, steps;
  int slots;  // 1 + the largest slot
  const ElementwiseInput* input;
  const float* constant;
  const ElementwiseStep* step;
  const std::int32_t* output_register;
  const std::int32_t* sum_register;  // of steps, or of inputs that lie in order
  std::int64_t columns;              // of the last axis, if there are sums
};

// ---- rows of channels in blocks ----
//
// Static: kernels are compiled once per instruction set, and must not share a function (vector.h).

inline constexpr std::int64_t kWidestVector = 16;  // floats; blocks are the same for all instruction sets
inline constexpr std::int64_t kLongRow = 256;

// Whether rows of so many channels are computed part by part, rather than some rows at once.
[[maybe_unused]] static constexpr bool is_cut_in_parts(std::int64_t channels) noexcept {
  return channels > kLongRow && channels % kWidestVector == 0;
}

// The parts of a row, as equal as whole vectors can be, and none above `most`, a multiple of a vector.
[[maybe_unused]] static constexpr std::int64_t part_of_row(std::int64_t channels, std::int64_t most) noexcept {
  const std::int64_t parts = (channels + most - 1) / most, vectors = channels / kWidestVector;
  return (vectors + parts - 1) / parts * kWidestVector;
}

// The smallest block that keeps to rows of so many channels, > 0: a part of one, or as many as fill whole vectors and
// give an addition time to end before the next one to the same sum begins.
[[maybe_unused]] static constexpr std::int64_t smallest_row_block(std::int64_t channels) noexcept {
  if (is_cut_in_parts(channels)) return part_of_row(channels, kLongRow);
  std::int64_t rows = channels;
  while (rows % kWidestVector != 0) rows *= 2;
  return (kSmallestBlock + rows - 1) / rows * rows;
}

// Whether sums over rows of so many channels can be part of a chain with so many values alive at once.
[[maybe_unused]] static constexpr bool can_sum(std::int64_t channels, std::int64_t slots) noexcept {
  return channels > 0 && channels <= kMaxElementwiseSumColumns &&
         smallest_row_block(channels) <= kMaxElementwiseSumColumns &&
         smallest_row_block(channels) * slots <= kElementwiseScratchFloats;
}

}  // namespace pellucid
