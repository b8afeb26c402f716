// trigonometry.h: sine and cosine of one vector.
//
// The argument is brought into [-pi/4, pi/4] by taking off the nearest multiple of pi/2 in three parts (Cody and Waite,
// as in elementwise_math.h), where polynomials give sine and cosine; which of the two is wanted, and with which sign,
// follows from the multiple's last two bits. The coefficients are minimax fits. Largest error against double
// precision up to 8192, over every 127th float: 1.3 * 2^-24. Beyond, three parts are too few: the C library computes.
#pragma once

#include "elementwise_math.h"

namespace pellucid::PELLUCID_ISA {

// pi / 2 in parts: eleven bits twice, so that their products with a multiple up to 2^13 are exact, and the rest.
inline constexpr float kHalfPiHigh = 1.5703125f;
inline constexpr float kHalfPiMiddle = 4.837512969970703e-4f;
inline constexpr float kHalfPiLow = 7.549790e-8f;
inline constexpr float kLargestAngle = 8192.0f;

static inline bool any_lane(Mask mask) noexcept {
  std::int32_t bits = 0;
  for (int lane = 0; lane < kLanes; ++lane) bits |= mask[lane];
  return bits != 0;
}

// sin(x + quarters * pi / 2)
static inline Vector sine_of_turned(Vector x, std::int32_t quarters) noexcept {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const Vector shifted = x * 0.636619772f + kRound;
  const Mask n = to_bits(shifted) + quarters;  // the last two bits count; kRound's own are zero
  const Vector n_float = shifted - kRound;
  const Vector r = ((x - n_float * kHalfPiHigh) - n_float * kHalfPiMiddle) - n_float * kHalfPiLow;
  const Vector square = r * r;
  Vector p = broadcast(8.33217769e-3f) - square * 1.95172347e-4f;
  p = p * square - 1.66666549e-1f;
  const Vector sine = p * (square * r) + r;
  p = broadcast(-1.38873669e-3f) + square * 2.44383795e-5f;
  p = p * square + 4.16666469e-2f;
  const Vector cosine = p * (square * square) - square * 0.5f + 1.0f;
  const Vector value = select((n & 1) != 0, cosine, sine);
  return from_bits(to_bits(value) ^ ((n & 2) << 30));  // bit 1 becomes the sign
}

static inline Vector sine(Vector x) noexcept {
  if (!any_lane(~(absolute(x) < kLargestAngle))) return sine_of_turned(x, 0);
  Vector result;
  for (int lane = 0; lane < kLanes; ++lane) result[lane] = __builtin_sinf(x[lane]);
  return result;
}

static inline Vector cosine(Vector x) noexcept {
  if (!any_lane(~(absolute(x) < kLargestAngle))) return sine_of_turned(x, 1);
  Vector result;
  for (int lane = 0; lane < kLanes; ++lane) result[lane] = __builtin_cosf(x[lane]);
  return result;
}

}  // namespace pellucid::PELLUCID_ISA
