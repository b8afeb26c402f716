// elementwise_math.h: exp, log, tanh and sigmoid of one vector, and the small helpers that they need.
//
// Each brings its argument into a short interval exactly, evaluates a polynomial there and puts the result together
// again (W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980). The coefficients are minimax
// fits to the stated interval (Remez exchange). Largest errors against double precision, over every seventh float:
// exp 1.0 ulp, log 0.9, tanh 1.4, sigmoid 2.5, with and without FMA. Denormal arguments and results may count as zero.
#pragma once

#include "vector.h"

namespace pellucid::PELLUCID_ISA {

static inline Vector select(Mask condition, Vector yes, Vector no) noexcept { return condition ? yes : no; }
static inline Mask to_bits(Vector x) noexcept { return reinterpret_cast<Mask>(x); }
static inline Vector from_bits(Mask bits) noexcept { return reinterpret_cast<Vector>(bits); }

inline constexpr std::int32_t kSignBit = INT32_MIN;
inline constexpr std::int32_t kMantissaBits = 23;
inline constexpr std::int32_t kExponentBias = 127;

// ln 2 in two parts: nine bits, so that its product with any exponent is exact, and the rest.
inline constexpr float kLn2High = 0.693359375f;
inline constexpr float kLn2Low = -2.12194440e-4f;

static inline Vector absolute(Vector x) noexcept { return from_bits(to_bits(x) & ~kSignBit); }

static inline Vector square_root(Vector x) noexcept {
  Vector root;
  for (int lane = 0; lane < kLanes; ++lane) root[lane] = __builtin_sqrtf(x[lane]);  // becomes one instruction
  return root;
}

static inline Vector round_down(Vector x) noexcept {
  Vector whole;
  for (int lane = 0; lane < kLanes; ++lane) whole[lane] = __builtin_floorf(x[lane]);
  return whole;
}

// 2^n for -126 <= n <= 127.
static inline Vector power_of_two(Mask n) noexcept { return from_bits((n + kExponentBias) << kMantissaBits); }

// 2^n and exp(r) - 1 with n the integer nearest to x / ln 2, so that |r| <= ln(2) / 2 and exp(x) = 2^n exp(r).
struct Exponential {
  Mask n;
  Vector fraction;  // exp(r) - 1
};

static inline Exponential split_exponential(Vector x) noexcept {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const Vector over = broadcast(89.0f), under = broadcast(-104.0f);  // inf and 0 from here on; NaN passes
  x = select(x > over, over, x);
  x = select(x < under, under, x);
  const Vector shifted = x * 1.44269504f + kRound;
  const Mask n = to_bits(shifted) - to_bits(broadcast(kRound));
  const Vector n_float = shifted - kRound;
  const Vector r = (x - n_float * kLn2High) - n_float * kLn2Low;
  Vector p = broadcast(1.3944758e-3f) + r * 1.9790242e-4f;
  p = p * r + 8.333498e-3f;
  p = p * r + 4.1666295e-2f;
  p = p * r + 1.6666666e-1f;
  p = p * r + 0.5f;
  return {n, p * (r * r) + r};
}

static inline Vector exponential(Vector x) noexcept {
  const auto [n, fraction] = split_exponential(x);
  const Mask half = n >> 1;  // in two factors: 2^128 is no float, although exp(88.7) is one
  return (fraction + 1.0f) * power_of_two(half) * power_of_two(n - half);
}

// log(2^e m) = e ln 2 + log(1 + f) with f = m - 1 and sqrt(1/2) <= m < sqrt(2).
static inline Vector logarithm(Vector x) noexcept {
  constexpr std::int32_t kSqrtHalf = 0x3f3504f3;
  const Mask e = (to_bits(x) - kSqrtHalf) >> kMantissaBits;
  const Vector f = from_bits(to_bits(x) - (e << kMantissaBits)) - 1.0f;
  const Vector e_float = __builtin_convertvector(e, Vector);
  Vector p = broadcast(-1.1789855e-1f) + f * 6.915546e-2f;
  p = p * f + 1.1872918e-1f;
  p = p * f - 1.23843364e-1f;
  p = p * f + 1.4218666e-1f;
  p = p * f - 1.6669253e-1f;
  p = p * f + 2.0002227e-1f;
  p = p * f - 2.4999987e-1f;
  p = p * f + 3.333331e-1f;
  const Vector square = f * f;
  Vector result = p * (square * f) + e_float * kLn2Low;
  result = (result - square * 0.5f) + f + e_float * kLn2High;
  const Vector infinity = broadcast(__builtin_inff()), smallest = broadcast(1.17549435e-38f);
  result = select(x < infinity, result, x);            // inf and NaN are their own logarithm
  result = select(x < smallest, -infinity, result);    // zero and denormals
  return select(x < 0.0f, broadcast(__builtin_nanf("")), result);
}

// Small arguments: x + x^3 P(x^2). Others: 1 - 2 / (exp(2 |x|) + 1) with the sign of x.
static inline Vector hyperbolic_tangent(Vector x) noexcept {
  const Vector magnitude = absolute(x), square = x * x;
  Vector p = broadcast(-8.179172e-3f) + square * 2.144213e-3f;
  p = p * square + 2.1701608e-2f;
  p = p * square - 5.394697e-2f;
  p = p * square + 1.3333207e-1f;
  p = p * square - 3.333333e-1f;
  const Vector small = p * (square * x) + x;
  const Vector large = 1.0f - 2.0f / (exponential(magnitude + magnitude) + 1.0f);
  const Vector signed_large = from_bits(to_bits(large) | (to_bits(x) & kSignBit));
  return select(magnitude < 0.625f, small, signed_large);
}

static inline Vector logistic(Vector x) noexcept { return 1.0f / (1.0f + exponential(-x)); }

// NaN wins, whichever operand it is.
static inline Vector larger(Vector a, Vector b) noexcept { return select((a > b) | (a != a), a, b); }
static inline Vector smaller(Vector a, Vector b) noexcept { return select((a < b) | (a != a), a, b); }

}  // namespace pellucid::PELLUCID_ISA
