// vector.h: one vector register of floats, whatever the instruction set, by GCC/Clang vector extensions.
//
// Compiled once per level: PELLUCID_ISA names the namespace, PELLUCID_VECTOR_FLOATS the width. Everything here is
// static (internal linkage): a function shared by the linker between levels could run AVX-512 code on an AVX2 machine.
// For the same reason kernels include no C++ library templates.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#ifndef PELLUCID_ISA
#error "compile kernels with -DPELLUCID_ISA=<level> and -DPELLUCID_VECTOR_FLOATS=<4|8|16>"
#endif

namespace pellucid::PELLUCID_ISA {

inline constexpr int kLanes = PELLUCID_VECTOR_FLOATS;

typedef float Vector __attribute__((vector_size(4 * PELLUCID_VECTOR_FLOATS)));
typedef std::int32_t Mask __attribute__((vector_size(4 * PELLUCID_VECTOR_FLOATS)));  // comparison results: 0 or -1
// The same vector at an address that is only float-aligned.
typedef float UnalignedVector __attribute__((vector_size(4 * PELLUCID_VECTOR_FLOATS), aligned(4), may_alias));

[[maybe_unused]] static inline Vector load(const float* from) noexcept {
  return *reinterpret_cast<const UnalignedVector*>(from);
}
[[maybe_unused]] static inline void store(float* to, Vector value) noexcept {
  *reinterpret_cast<UnalignedVector*>(to) = value;
}
[[maybe_unused]] static inline Vector broadcast(float value) noexcept {
  return value - Vector{};  // free, while Vector{} + value is an addition (-0 would become +0)
}

// The first `count` < kLanes elements; the others are zero, and memory behind them is not touched.
#if defined(__AVX512F__)
[[maybe_unused]] static inline Vector load_part(const float* from, int count) noexcept {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
}
[[maybe_unused]] static inline void store_part(float* to, Vector value, int count) noexcept {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), value);
}
#elif defined(__AVX2__)
[[maybe_unused]] static inline __m256i first_lanes(int count) noexcept {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
[[maybe_unused]] static inline Vector load_part(const float* from, int count) noexcept {
  return _mm256_maskload_ps(from, first_lanes(count));
}
[[maybe_unused]] static inline void store_part(float* to, Vector value, int count) noexcept {
  _mm256_maskstore_ps(to, first_lanes(count), value);
}
#else
[[maybe_unused]] static inline Vector load_part(const float* from, int count) noexcept {
  Vector value{};
  for (int lane = 0; lane < kLanes - 1; ++lane) {
    if (lane < count) value[lane] = from[lane];
  }
  return value;
}
[[maybe_unused]] static inline void store_part(float* to, Vector value, int count) noexcept {
  for (int lane = 0; lane < kLanes - 1; ++lane) {
    if (lane < count) to[lane] = value[lane];
  }
}
#endif

}  // namespace pellucid::PELLUCID_ISA
