// elementwise_steps.h: the functions of a chain, each over a block of values.
#pragma once

#include "elementwise_math.h"
#include "lanes.h"
#include "special_functions.h"
#include "trigonometry.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// The values of a register inside a block: vectors `advance` floats apart; 0 for one vector that stands for all.
struct Values {
  const float* from;
  std::int64_t advance;
};

// Where a step writes to; and what it fetches from memory meanwhile, line by line: a part of the next block. A step
// runs through its block so fast that it would wait for memory at each line, and the processor does not fetch ahead
// beyond a page of 4 KiB. All at once would be no better: there is room for some ten lines on their way.
struct Target {
  float* to;
  const float* ahead;
  void put(std::int64_t i, Vector value) const noexcept {
    __builtin_prefetch(ahead + i);
    store(to + i, value);
  }
};

template <class F>
void map(std::int64_t count, Values a, Target to, F function) noexcept {
  for (std::int64_t i = 0; i < count; i += kLanes, a.from += a.advance) to.put(i, function(load(a.from)));
}

template <class F>
void map(std::int64_t count, Values a, Values b, Target to, F function) noexcept {
  for (std::int64_t i = 0; i < count; i += kLanes, a.from += a.advance, b.from += b.advance) {
    to.put(i, function(load(a.from), load(b.from)));
  }
}

template <class F>
void map(std::int64_t count, Values a, Values b, Values c, Target to, F function) noexcept {
  for (std::int64_t i = 0; i < count; i += kLanes, a.from += a.advance, b.from += b.advance, c.from += c.advance) {
    to.put(i, function(load(a.from), load(b.from), load(c.from)));
  }
}

template <class F>
void map(std::int64_t count, Values a, Values b, Values c, Values d, Target to, F function) noexcept {
  for (std::int64_t i = 0; i < count; i += kLanes) {
    to.put(i, function(load(a.from), load(b.from), load(c.from), load(d.from)));
    a.from += a.advance, b.from += b.advance, c.from += c.advance, d.from += d.advance;
  }
}

Vector one_where(Mask condition) noexcept { return from_bits(condition & to_bits(broadcast(1.0f))); }

template <ElementwiseFunction FUNCTION>
Vector arithmetic(Vector a, Vector b) noexcept {
  using enum ElementwiseFunction;
  return FUNCTION == kAdd ? a + b : FUNCTION == kSubtract ? a - b : a * b;
}

// second(first(a, b), c), each rounded: the compiler must not make one instruction of both.
template <ElementwiseFunction FIRST, ElementwiseFunction SECOND>
Vector one_after_other(Vector a, Vector b, Vector c) noexcept {
  return arithmetic<SECOND>(in_register(arithmetic<FIRST>(a, b)), c);
}

// Applies a function to `count` elements, rounded up to whole vectors.
void apply(ElementwiseFunction function, std::int64_t count, Values a, Values b, Values c, Values d,
           Target to) noexcept {
  using enum ElementwiseFunction;
  using V = Vector;
  switch (function) {
    case kNegative: return map(count, a, to, [](V x) noexcept { return -x; });
    case kAbsolute: return map(count, a, to, absolute);
    case kExp: return map(count, a, to, exponential);
    case kLog: return map(count, a, to, logarithm);
    case kSqrt: return map(count, a, to, square_root);
    case kTanh: return map(count, a, to, hyperbolic_tangent);
    case kSigmoid: return map(count, a, to, logistic);
    case kRelu: return map(count, a, to, [](V x) noexcept { return select(x < 0.0f, V{}, x); });
    case kErf: return map(count, a, to, error_function);
    case kLog1p: return map(count, a, to, logarithm_of_one_plus);
    case kExpm1: return map(count, a, to, exponential_minus_one);
    case kSin: return map(count, a, to, sine);
    case kCos: return map(count, a, to, cosine);
    case kFloor: return map(count, a, to, round_down);
    case kAdd: return map(count, a, b, to, [](V x, V y) noexcept { return x + y; });
    case kSubtract: return map(count, a, b, to, [](V x, V y) noexcept { return x - y; });
    case kMultiply: return map(count, a, b, to, [](V x, V y) noexcept { return x * y; });
    case kDivide: return map(count, a, b, to, [](V x, V y) noexcept { return x / y; });
    case kPower: return map(count, a, b, to, power);
    case kMaximum: return map(count, a, b, to, larger);
    case kMinimum: return map(count, a, b, to, smaller);
    case kGreater: return map(count, a, b, to, [](V x, V y) noexcept { return one_where(x > y); });
    case kGreaterEqual: return map(count, a, b, to, [](V x, V y) noexcept { return one_where(x >= y); });
    case kEqual: return map(count, a, b, to, [](V x, V y) noexcept { return one_where(x == y); });
    case kWhere:
      return map(count, a, b, c, to, [](V x, V y, V z) noexcept { return select(x != 0.0f, y, z); });
    case kAddAdd: return map(count, a, b, c, to, one_after_other<kAdd, kAdd>);
    case kAddSubtract: return map(count, a, b, c, to, one_after_other<kAdd, kSubtract>);
    case kAddMultiply: return map(count, a, b, c, to, one_after_other<kAdd, kMultiply>);
    case kSubtractAdd: return map(count, a, b, c, to, one_after_other<kSubtract, kAdd>);
    case kSubtractSubtract: return map(count, a, b, c, to, one_after_other<kSubtract, kSubtract>);
    case kSubtractMultiply: return map(count, a, b, c, to, one_after_other<kSubtract, kMultiply>);
    case kMultiplyAdd: return map(count, a, b, c, to, one_after_other<kMultiply, kAdd>);
    case kMultiplySubtract: return map(count, a, b, c, to, one_after_other<kMultiply, kSubtract>);
    case kMultiplyMultiply: return map(count, a, b, c, to, one_after_other<kMultiply, kMultiply>);
    case kReluMinimum:
      return map(count, a, b, to, [](V x, V y) noexcept { return smaller(select(x < 0.0f, V{}, x), y); });
    case kGreaterWhere:
      return map(count, a, b, c, d, to, [](V x, V y, V z, V w) noexcept { return select(x > y, z, w); });
    case kGreaterEqualWhere:
      return map(count, a, b, c, d, to, [](V x, V y, V z, V w) noexcept { return select(x >= y, z, w); });
  }
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA

