// register_tile.h: the register tiles as templates: one function per kind of product, number of rows and of columns.
//
// Heights of the tiles: FMA units need >= 8 independent sums (2 units x 4 cycles of latency), and the loads per FMA,
// (rows + vectors) / (rows * vectors), should be few. With 32 registers 6 rows x 4 vectors take 24 + 4 + 1, and
// narrower tiles are taller; with 16 registers 6 x 2 take 12 + 2 + 1. More than 10 rows lose: their pointers do not
// fit the general registers beside the loop's own (measured on Zen 4: 10 x 2 vectors 99% of the FMA peak, 12 x 2 91%).
//
// A Product says what two words give: `add(sum, a, b)` for vectors of `Lanes`, and `broadcast` of one word. Sums are
// floats.
#pragma once

#include "lanes.h"
#include "microkernel.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// A tile with a run of this many steps takes long enough to fetch the lines of `out` meanwhile.
constexpr int64_t kLongRun = 32;

// The end of a tile whose last columns do not exist. `sum` has rows of `width` floats.
__attribute__((noinline)) void store_columns(const Tile& tile, const float* sum, int rows, int width) noexcept {
  for (int r = 0; r < rows; ++r, sum += width) {
    float* out = tile.out[r];
    for (int64_t c = 0; c < tile.columns; ++c) {
      float value = sum[c];
      if (tile.accumulate) value += out[c];
      value = value < tile.bounds.low ? tile.bounds.low : value;
      out[c] = value > tile.bounds.high ? tile.bounds.high : value;
    }
  }
}

// Calls body(r, v) for every vector of the tile, unrolled: only then do the sums live in registers.
template <int ROWS, int VECTORS, class Body>
inline __attribute__((always_inline)) void for_each_sum(const Body& body) noexcept {
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; ++v) body(r, v);
  }
}

template <class Product, int LANES, int VECTORS, int ROWS>
void run_tile(const Tile& tile) noexcept {
  using L = Lanes<LANES>;
  using V = typename L::Vector;
  V sum[ROWS][VECTORS];
  if (tile.start == nullptr) {
    for_each_sum<ROWS, VECTORS>([&](int r, int v) { sum[r][v] = V{}; });
  } else {
    for_each_sum<ROWS, VECTORS>([&](int r, int v) { sum[r][v] = L::load(tile.start + v * LANES); });
  }
  const float* source[ROWS];
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; ++r) source[r] = tile.source[r];

  if (tile.run_count > 0 && tile.runs->count >= kLongRun) {
    for_each_sum<ROWS, VECTORS>([&](int r, int v) { __builtin_prefetch(tile.out[r] + v * LANES, 1); });
  }

  const int64_t source_step = tile.source_step, panel_step = tile.panel_step;
  for (const Run* run = tile.runs; run != tile.runs + tile.run_count; ++run) {
    const float* panel = tile.panel + run->panel;
    const int64_t end = run->source + run->count * source_step;
    for (int64_t at = run->source; at != end; at += source_step, panel += panel_step) {
      V row[VECTORS];
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; ++v) row[v] = in_register(L::load(panel + v * LANES));
      for_each_sum<ROWS, VECTORS>([&](int r, int v) {
        sum[r][v] = Product::add(sum[r][v], Product::template broadcast<LANES>(source[r] + at), row[v]);
      });
    }
  }

  if (tile.columns < LANES * VECTORS) {
    float values[ROWS][LANES * VECTORS];
    for_each_sum<ROWS, VECTORS>([&](int r, int v) { L::store(values[r] + v * LANES, sum[r][v]); });
    store_columns(tile, values[0], ROWS, LANES * VECTORS);
    return;
  }
  if (tile.accumulate) {
    for_each_sum<ROWS, VECTORS>([&](int r, int v) { sum[r][v] += L::load(tile.out[r] + v * LANES); });
  }
  if (tile.bounds.low > -__builtin_inff()) {
    const V low = in_register(L::broadcast(tile.bounds.low));
    for_each_sum<ROWS, VECTORS>([&](int r, int v) { sum[r][v] = sum[r][v] < low ? low : sum[r][v]; });  // NaN stays
  }
  if (tile.bounds.high < __builtin_inff()) {
    const V high = in_register(L::broadcast(tile.bounds.high));
    for_each_sum<ROWS, VECTORS>([&](int r, int v) { sum[r][v] = sum[r][v] > high ? high : sum[r][v]; });
  }
  for_each_sum<ROWS, VECTORS>([&](int r, int v) { L::store(tile.out[r] + v * LANES, sum[r][v]); });
}

// The sum of a vector's elements, halves first.
template <int LANES>
inline float sum_of(typename Lanes<LANES>::Vector value) noexcept {
  if constexpr (LANES == 1) {
    return value[0];
  } else {
    typename Lanes<LANES / 2>::Vector half[2];
    std::memcpy(half, &value, sizeof value);
    return sum_of<LANES / 2>(half[0] + half[1]);
  }
}

template <class Product, int LANES, int COLUMNS, int ROWS>
void run_dot(const Tile& tile) noexcept {
  using L = Lanes<LANES>;
  using V = typename L::Vector;
  V sum[ROWS][COLUMNS];
  for_each_sum<ROWS, COLUMNS>([&](int r, int c) { sum[r][c] = V{}; });
  for (const Run* run = tile.runs; run != tile.runs + tile.run_count; ++run) {
    for (int64_t step = 0; step < run->count; step += LANES) {
      V column[COLUMNS];
#pragma GCC unroll 4
      for (int c = 0; c < COLUMNS; ++c) column[c] = L::load(tile.panel + run->panel + step + c * tile.panel_step);
#pragma GCC unroll 16
      for (int r = 0; r < ROWS; ++r) {
        const V source = L::load(tile.source[r] + run->source + step);
#pragma GCC unroll 4
        for (int c = 0; c < COLUMNS; ++c) sum[r][c] = Product::add(sum[r][c], source, column[c]);
      }
    }
  }
  float values[ROWS][COLUMNS];
  for_each_sum<ROWS, COLUMNS>([&](int r, int c) {
    values[r][c] = sum_of<LANES>(sum[r][c]) + (tile.start == nullptr ? 0 : tile.start[c]);
  });
  store_columns(tile, values[0], ROWS, COLUMNS);
}

// Kernel::function<r> for r = 1 .. ROWS.
template <class Kernel, int ROWS>
struct ByRows {
  TileFunction functions[ROWS];
  constexpr ByRows() : functions{} { fill<ROWS>(); }
  template <int R>
  constexpr void fill() {
    functions[R - 1] = Kernel::template function<R>;
    if constexpr (R > 1) fill<R - 1>();
  }
};
template <class Kernel, int ROWS>
constexpr ByRows<Kernel, ROWS> kByRows;

template <class Product, int LANES, int VECTORS>
struct Direct {
  template <int ROWS>
  static constexpr TileFunction function = run_tile<Product, LANES, VECTORS, ROWS>;
};
template <class Product, int LANES, int COLUMNS>
struct Dot {
  template <int ROWS>
  static constexpr TileFunction function = run_dot<Product, LANES, COLUMNS, ROWS>;
};

// "<kind> <rows>x<columns>" at compile time.
struct Name {
  char text[20] = {};
  constexpr Name(const char* kind, int rows, int columns) {
    char* end = text;
    while (*kind != 0) *end++ = *kind++;
    *end++ = ' ';
    end = number(end, rows);
    *end++ = 'x';
    number(end, columns);
  }
  static constexpr char* number(char* end, int value) {
    if (value >= 10) *end++ = static_cast<char>('0' + value / 10);
    *end++ = static_cast<char>('0' + value % 10);
    return end;
  }
};
template <class Product, int ROWS, int COLUMNS>
constexpr Name kDirectName{Product::kDirect, ROWS, COLUMNS};
template <class Product, int ROWS, int COLUMNS>
constexpr Name kDotName{Product::kDot, ROWS, COLUMNS};

template <class P, int LANES, int VECTORS, int ROWS>
constexpr TileShape kDirect{LANES * VECTORS, ROWS, kByRows<Direct<P, LANES, VECTORS>, ROWS>.functions,
                            kDirectName<P, ROWS, LANES * VECTORS>.text};
template <class P, int LANES, int COLUMNS, int ROWS>
constexpr TileShape kDot{COLUMNS, ROWS, kByRows<Dot<P, LANES, COLUMNS>, ROWS>.functions,
                         kDotName<P, ROWS, COLUMNS>.text};

// Whole vectors. A template, so that levels with 16 registers compile none of the tiles for 32.
template <class P, int MAX_VECTORS>
const TileShape& wide_shape(int64_t columns) noexcept {
  if (columns <= kLanes) return kDirect<P, kLanes, 1, 10>;
  if constexpr (MAX_VECTORS == 2) {
    return kDirect<P, kLanes, 2, 6>;
  } else {
    if (columns <= 2 * kLanes) return kDirect<P, kLanes, 2, 10>;
    if (columns <= 3 * kLanes) return kDirect<P, kLanes, 3, 8>;
    return kDirect<P, kLanes, 4, 6>;
  }
}

// tile_shape and dot_shape of one kind of product.
template <class P>
const TileShape& tile_shape_of(int64_t columns) noexcept {
  constexpr int kMiddle = kLanes < 8 ? kLanes : 8;
  if (columns <= 4) return kDirect<P, 4, 1, 10>;  // vectors narrower than the machine's are no slower than half empty ones
  if (columns <= kMiddle) return kDirect<P, kMiddle, 1, 10>;
  return wide_shape<P, kMaxVectors>(columns);
}

// 12 sums and the vectors they come from fit 16 registers.
template <class P, int LANES>
const TileShape& dot_shape_of(int64_t columns) noexcept {
  return columns == 1 ? kDot<P, LANES, 1, 8> : columns == 2 ? kDot<P, LANES, 2, 6> : kDot<P, LANES, 3, 4>;
}
template <class P>
const TileShape& dot_shape_of(int64_t columns, int64_t steps) noexcept {
  return steps % kLanes == 0 ? dot_shape_of<P, kLanes>(columns) : dot_shape_of<P, kDotSteps>(columns);
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
