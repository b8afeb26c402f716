// finite.cc: whether numbers are numbers.
//
// The exponent of NaN and infinity has all bits set (IEEE 754): as whole numbers, and without their signs, they are not
// below that of infinity, and all others are. So the largest of those whole numbers tells. No early end: the compiler
// makes vectors of it, and what it reads is read at the speed of the cache.
#include "kernels.h"
#include "vector.h"

namespace pellucid::PELLUCID_ISA {

bool all_finite(const float* numbers, std::int64_t count) noexcept {
  constexpr std::int32_t kInfinity = 0x7f800000;
  std::int32_t largest = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int32_t bits;
    std::memcpy(&bits, numbers + i, sizeof bits);
    bits &= 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  return largest < kInfinity;
}

}  // namespace pellucid::PELLUCID_ISA
