// panel.h: the vector operand of a register tile: how columns are cut into blocks, and packed copies of a block.
//
// A panel holds the rows of one block, `width` floats each, zero behind the last column. A kernel reads its operand in
// place where rows are already whole vectors, and packs a panel where they are not or where they lie transposed.
#pragma once

#include "microkernel.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kLineFloats = 16;  // of a line of the caches

constexpr int64_t ceil_div(int64_t a, int64_t b) noexcept { return (a + b - 1) / b; }  // a >= 0, b > 0
constexpr int64_t smaller(int64_t a, int64_t b) noexcept { return a < b ? a : b; }
constexpr int64_t larger(int64_t a, int64_t b) noexcept { return a > b ? a : b; }

// Part `index` of [0, count) cut into `parts` that differ by one at most begins here.
constexpr int64_t share(int64_t count, int64_t index, int64_t parts) noexcept { return count * index / parts; }

struct ColumnBlock {
  int64_t first, columns;
  const TileShape* shape;
};

// Columns are cut into as few blocks as possible, equal in vectors up to one: 80 = 48 + 32, not 64 + 16.
[[maybe_unused]] int64_t column_block_count(int64_t columns) noexcept {
  return ceil_div(columns, kMaxVectors * kLanes);
}
[[maybe_unused]] ColumnBlock column_block(int64_t columns, int64_t index, Word word = Word::kFloat) noexcept {
  const int64_t vectors = ceil_div(columns, kLanes), blocks = column_block_count(columns);
  const int64_t first = kLanes * share(vectors, index, blocks);
  const int64_t end = smaller(columns, kLanes * share(vectors, index + 1, blocks));
  return {first, end - first, &tile_shape(end - first, word)};
}
// Columns of all blocks together, empty ones included.
[[maybe_unused]] int64_t padded_columns(int64_t columns) noexcept {
  const ColumnBlock last = column_block(columns, column_block_count(columns) - 1);
  return last.first + last.shape->width;
}
// Does every block fill its vectors, so that the operand can be read in place?
[[maybe_unused]] bool whole_vectors(int64_t columns) noexcept { return padded_columns(columns) == columns; }

#if PELLUCID_VECTOR_FLOATS == 4
#define PELLUCID_LOW_HALVES 0, 4, 1, 5
#define PELLUCID_HIGH_HALVES 2, 6, 3, 7
#elif PELLUCID_VECTOR_FLOATS == 8
#define PELLUCID_LOW_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define PELLUCID_HIGH_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define PELLUCID_LOW_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define PELLUCID_HIGH_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#endif

// Transposes a kLanes x kLanes square: log2(kLanes) perfect shuffles of its rows.
inline void transpose_square(const float* from, int64_t from_step, float* to, int64_t to_step) noexcept {
  constexpr int kHalf = kLanes / 2;
  Vector rows[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) rows[i] = load(from + i * from_step);
#pragma GCC unroll 4
  for (int done = 1; done < kLanes; done *= 2) {
    Vector next[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kHalf; ++i) {
      next[2 * i] = __builtin_shufflevector(rows[i], rows[i + kHalf], PELLUCID_LOW_HALVES);
      next[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + kHalf], PELLUCID_HIGH_HALVES);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) rows[i] = next[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) store(to + i * to_step, rows[i]);
}

#undef PELLUCID_LOW_HALVES
#undef PELLUCID_HIGH_HALVES

// Rows may lie too far apart for the hardware to see a stream; this far ahead the next ones are asked for by hand.
constexpr int64_t kRowsAhead = 8;

// panel[row][column] = from[row * step + column]
[[maybe_unused]] void pack_rows(const float* from, int64_t step, int64_t rows, int64_t columns, int64_t width,
                                float* panel) noexcept {
  for (int64_t row = 0; row < rows; ++row, from += step, panel += width) {
    int64_t column = 0;
    for (; column + kLanes <= columns; column += kLanes) {
      __builtin_prefetch(from + kRowsAhead * step + column);
      store(panel + column, load(from + column));
    }
    for (; column < columns; ++column) panel[column] = from[column];
    for (; column < width; ++column) panel[column] = 0;
  }
}

// panel[row][column] = from[column * step + row]
[[maybe_unused]] void pack_transposed(const float* from, int64_t step, int64_t rows, int64_t columns, int64_t width,
                                      float* panel) noexcept {
  const int64_t square_rows = rows - rows % kLanes, square_columns = columns - columns % kLanes;
  for (int64_t column = 0; column < square_columns; column += kLanes) {
    for (int64_t row = 0; row < square_rows; row += kLanes) {
      transpose_square(from + column * step + row, step, panel + row * width + column, width);
    }
  }
  for (int64_t row = 0; row < rows; ++row) {
    int64_t column = row < square_rows ? square_columns : 0;
    for (; column < columns; ++column) panel[row * width + column] = from[column * step + row];
    for (; column < width; ++column) panel[row * width + column] = 0;
  }
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
