// pairs.cc: conversion to pairs of bfloat16, and the register tiles that multiply them. Compiled with AVX512_BF16.
#include "pairs.h"

#include "panel.h"
#include "register_tile.h"

namespace pellucid::PELLUCID_ISA {
namespace {

struct PairProduct {
  static constexpr const char *kDirect = "bf16", *kDot = "bf16 dot";

  template <int LANES>
  static inline __attribute__((always_inline)) typename Lanes<LANES>::Vector broadcast(const float* word) noexcept {
    typedef std::int32_t Words __attribute__((vector_size(4 * LANES)));
    std::int32_t bits;
    std::memcpy(&bits, word, sizeof bits);
    return (typename Lanes<LANES>::Vector)(Words{} + bits);
  }
  template <class V>
  static inline __attribute__((always_inline)) V add(V sum, V a, V b) noexcept {
    if constexpr (sizeof(V) == 64) {
      return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
    } else if constexpr (sizeof(V) == 32) {
      return _mm256_dpbf16_ps(sum, (__m256bh)a, (__m256bh)b);
    } else {
      return _mm_dpbf16_ps(sum, (__m128bh)a, (__m128bh)b);
    }
  }
};

typedef std::uint16_t Halves __attribute__((vector_size(2 * kLanes)));
typedef std::uint32_t Words __attribute__((vector_size(4 * kLanes)));

Vector load_some(const float* from, int64_t count) noexcept {
  return count <= 0 ? Vector{} : count < kLanes ? load_part(from, static_cast<int>(count)) : load(from);
}
void store_some(float* to, Words words, int64_t count) noexcept {
  const Vector value = (Vector)words;
  count < kLanes ? store_part(to, value, static_cast<int>(count)) : store(to, value);
}

// The neighbours of one row, which has `count` floats.
void pair_neighbours(const float* from, int64_t count, float* to) noexcept {
  for (int64_t i = 0; i < count; i += 2 * kLanes) {
    const Vector low = load_some(from + i, count - i), high = load_some(from + i + kLanes, count - i - kLanes);
    store_some(to + i / 2, (Words)_mm512_cvtne2ps_pbh(high, low), ceil_div(count - i, 2));
  }
}

// Two rows, element by element; no second row is a row of zeros.
void pair_rows(const float* first, const float* second, int64_t count, float* to) noexcept {
  for (int64_t i = 0; i < count; i += kLanes) {
    const Vector low = load_some(first + i, count - i);
    const Vector high = second == nullptr ? Vector{} : load_some(second + i, count - i);
    const Words lows = __builtin_convertvector((Halves)_mm512_cvtneps_pbh(low), Words);
    const Words highs = __builtin_convertvector((Halves)_mm512_cvtneps_pbh(high), Words);
    store_some(to + i, lows | highs << 16, count - i);
  }
}

// Words [begin, begin + count) of row `row` of the result.
void make_words(const float* from, const Pairing& p, int64_t row, int64_t begin, int64_t count, float* to) noexcept {
  if (p.inner == 1) {
    pair_neighbours(from + row * p.paired + 2 * begin, smaller(2 * count, p.paired - 2 * begin), to);
    return;
  }
  const int64_t first = row % p.pairs() * 2;
  const float* const low = from + (row / p.pairs() * p.paired + first) * p.inner + begin;
  pair_rows(low, first + 1 < p.paired ? low + p.inner : nullptr, count, to);
}

constexpr int kChains = 16;  // as in fma_peak.cc, for a latency of 6 cycles and more
constexpr int64_t kRoundsPerItem = 20'000;

float chains(int64_t rounds) noexcept {
  Vector sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = broadcast(static_cast<float>(i));  // alike, one chain would do
  const __m512bh a = _mm512_cvtne2ps_pbh(broadcast(0.5f), broadcast(0.25f));
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) sums[i] = _mm512_dpbf16_ps(sums[i], a, a);
  }
  Vector total{};
  for (const Vector& sum : sums) total += sum;
  return total[0];
}

}  // namespace

void write_pairs(const float* from, const Pairing& pairing, float* to, ThreadPool& pool) noexcept {
  constexpr int64_t kItemWords = 16 * 1024;
  Pairing p = pairing;
  if (p.inner == 1 && p.paired % 2 == 0) p = {1, p.outer * p.paired, 1};  // rows that follow each other are one
  const int64_t rows = p.inner == 1 ? p.outer : p.outer * p.pairs();
  const int64_t length = p.inner == 1 ? p.pairs() : p.inner;
  const int64_t blocks = ceil_div(length, kItemWords), rows_per_item = larger(1, kItemWords / length);
  parallel_for(pool, ceil_div(rows, rows_per_item) * blocks, [&](int64_t item, int) noexcept {
    const int64_t begin = item % blocks * kItemWords, count = smaller(kItemWords, length - begin);
    const int64_t first = item / blocks * rows_per_item, end = smaller(rows, first + rows_per_item);
    for (int64_t row = first; row < end; ++row) make_words(from, p, row, begin, count, to + row * length + begin);
  });
}

int64_t multiply_pairs(int64_t items, float* output, ThreadPool& pool) noexcept {
  parallel_for(pool, items, [&](int64_t item, int) noexcept { output[item] = chains(kRoundsPerItem); });
  return items * kRoundsPerItem * kChains * 2 * kLanes;
}

const TileShape& pair_tile_shape(int64_t columns) noexcept { return tile_shape_of<PairProduct>(columns); }
const TileShape& pair_dot_shape(int64_t columns, int64_t steps) noexcept {
  return dot_shape_of<PairProduct>(columns, steps);
}

}  // namespace pellucid::PELLUCID_ISA
