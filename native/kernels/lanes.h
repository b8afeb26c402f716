// lanes.h: vectors of a chosen number of floats, for tiles and tails narrower than the machine's vector.
#pragma once

#include "vector.h"

namespace pellucid::PELLUCID_ISA {
namespace {

template <int LANES>
struct Lanes {
  typedef float Vector __attribute__((vector_size(4 * LANES)));
  typedef float Unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
  static Vector load(const float* from) noexcept { return *reinterpret_cast<const Unaligned*>(from); }
  static void store(float* to, Vector value) noexcept { *reinterpret_cast<Unaligned*>(to) = value; }
  static Vector broadcast(float value) noexcept { return value - Vector{}; }  // 0 + value would have to mend -0
};

// Keeps the compiler from reading a vector again from memory at each of its uses.
template <class V>
inline __attribute__((always_inline)) V in_register(V value) noexcept {
#if defined(__AVX512F__)
  asm("" : "+v"(value));
#elif defined(__SSE2__)
  asm("" : "+x"(value));
#elif defined(__aarch64__)
  asm("" : "+w"(value));
#endif
  return value;
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
