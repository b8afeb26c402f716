// special_functions.h: erf, expm1 and log1p of one vector, and powers.
//
// Built on exp and log of elementwise_math.h, so that nothing is lost where these cancel against 1. The coefficients
// are minimax fits to the stated interval. Largest errors against double precision, over every 127th float, with and
// without FMA: erf 1.1 ulp, expm1 1.5, log1p 1.5. Denormal arguments and results may count as zero; so may terms: erf
// of less than 1e-37 keeps its first digits only.
#pragma once

#include "elementwise_math.h"

namespace pellucid::PELLUCID_ISA {

// exp(x) - 1 = 2^n exp(r) - 1 = 2^h ((exp(r) - 1) 2^k + (2^k - 2^-h)) with n = h + k: for n = 0 the last term is 0, and
// the digits of exp(r) - 1 are all there.
static inline Vector exponential_minus_one(Vector x) noexcept {
  const auto [n, fraction] = split_exponential(x);
  const Mask half = n >> 1, rest = n - half;
  const Vector rest_power = power_of_two(rest);
  return (fraction * rest_power + (rest_power - power_of_two(-half))) * power_of_two(half);
}

// log(1 + x) = log(u) + (x - (u - 1)) / u with u = 1 + x rounded: what rounding took comes back at first order.
static inline Vector logarithm_of_one_plus(Vector x) noexcept {
  const Vector u = x + 1.0f, lost = x - (u - 1.0f);
  const Vector result = logarithm(u) + lost / u;
  const Mask is_ordinary = (x > -1.0f) & (x < __builtin_inff());  // elsewhere lost / u is no number
  return select(is_ordinary, result, select(x == -1.0f, broadcast(-__builtin_inff()), logarithm(u)));
}

// Up to 1: x + x P(x^2). Beyond: 1 - exp(-P(|x|)) with the sign of x, which is 1 in float from 4 on.
static inline Vector error_function(Vector x) noexcept {
  const Vector magnitude = absolute(x), square = x * x;
  Vector p = broadcast(-8.01019363e-4f) + square * 7.85386135e-5f;
  p = p * square + 5.18832769e-3f;
  p = p * square - 2.68538119e-2f;
  p = p * square + 1.12835851e-1f;
  p = p * square - 3.76126258e-1f;
  p = p * square + 1.28379166e-1f;
  const Vector small = p * x + x;
  const Vector t = select(magnitude > 4.0f, broadcast(4.0f), magnitude);  // NaN passes
  Vector q = broadcast(2.93960703e-3f) - t * 1.85573979e-4f;
  q = q * t - 2.18053173e-2f;
  q = q * t + 1.03037367e-1f;
  q = q * t + 6.38225679e-1f;
  q = q * t + 1.12704003f;
  q = q * t + 3.53719772e-4f;
  const Vector large = 1.0f - exponential(-q);
  const Vector signed_large = from_bits(to_bits(large) | (to_bits(x) & kSignBit));
  return select(magnitude < 1.0f, small, signed_large);
}

// By the C library, lane by lane: exp(b log(a)) would need more digits of the logarithm than a float has.
static inline Vector power(Vector a, Vector b) noexcept {
  Vector result;
  for (int lane = 0; lane < kLanes; ++lane) result[lane] = __builtin_powf(a[lane], b[lane]);
  return result;
}

}  // namespace pellucid::PELLUCID_ISA
