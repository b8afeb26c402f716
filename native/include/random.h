// random.h: Threefry-2x32-20, a block cipher of two 32-bit words that turns a key and a counter into random bits.
//
// Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <cstdint>

namespace pellucid {

// Encrypts the counter (x0, x1) in place. Word is std::uint32_t, or a vector of them for as many counters.
// Static: each user gets its own copy, compiled for its own instruction set level.
template <class Word>
static inline void threefry2x32(std::uint32_t key0, std::uint32_t key1, Word& x0, Word& x1) noexcept {
  constexpr int kRounds = 20;
  constexpr int kRotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const std::uint32_t keys[3] = {key0, key1, key0 ^ key1 ^ 0x1bd11bda};
  x0 += keys[0];
  x1 += keys[1];
#pragma GCC unroll 20
  for (int round = 0; round < kRounds; ++round) {
    const int rotation = kRotations[round % 8];
    x0 += x1;
    x1 = ((x1 << rotation) | (x1 >> (32 - rotation))) ^ x0;
    if (round % 4 == 3) {
      const std::uint32_t injection = static_cast<std::uint32_t>(round / 4 + 1);
      x0 += keys[injection % 3];
      x1 += keys[(injection + 1) % 3] + injection;
    }
  }
}

}  // namespace pellucid
