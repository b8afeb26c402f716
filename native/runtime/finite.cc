#include "finite.h"

#include <bit>

namespace pellucid {

// NaN and infinity are the numbers whose exponent's bits are all set (IEEE 754). Sums of comparisons, and no early end:
// so the compiler makes vectors of it.
bool all_finite(const float* numbers, std::int64_t count) noexcept {
  constexpr std::int32_t kExponent = 0x7f800000;
  std::int32_t found = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    found |= static_cast<std::int32_t>((std::bit_cast<std::int32_t>(numbers[i]) & kExponent) == kExponent);
  }
  return found == 0;
}

}  // namespace pellucid
