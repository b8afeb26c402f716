// reduce.cc: sums and maxima over the middle axis of (outer, reduced, inner).
//
// Work is cut by the shape alone into pieces of about kItemFloats: several outer indices, or one outer index, a chunk
// of the reduced axis and a block of columns. A piece streams through memory once and adds into accumulators that
// stay in L1. Chunks of one outer index leave partial results, which are combined in the order of the chunks.
#include "elementwise_math.h"
#include "kernels.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr std::int64_t kItemFloats = 32768;
constexpr std::int64_t kColumnBlock = 512;  // accumulators: enough to hide the latency of an addition

struct Sum {
  static Vector combine(Vector a, Vector b) noexcept { return a + b; }
  static float combine(float a, float b) noexcept { return a + b; }
};

struct Max {  // NaN wins
  static Vector combine(Vector a, Vector b) noexcept { return larger(a, b); }
  static float combine(float a, float b) noexcept { return (a > b || a != a) ? a : b; }
};

struct Shape {
  std::int64_t outer, reduced, inner;
};

std::int64_t smaller_of(std::int64_t a, std::int64_t b) noexcept { return a < b ? a : b; }
std::int64_t larger_of(std::int64_t a, std::int64_t b) noexcept { return a > b ? a : b; }
std::int64_t ceil_divide(std::int64_t a, std::int64_t b) noexcept { return (a + b - 1) / b; }

// accumulators[i] = combine(accumulators[i], from[i]) for i < count
template <class Op>
void combine_into(float* accumulators, const float* from, std::int64_t count) noexcept {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    store(accumulators + i, Op::combine(load(accumulators + i), load(from + i)));
  }
  for (; i < count; ++i) accumulators[i] = Op::combine(accumulators[i], from[i]);
}

// `count` neighbouring floats to one.
template <class Op>
float reduce_row(const float* from, std::int64_t count) noexcept {
  constexpr int kAccumulators = 4;
  constexpr std::int64_t kStep = kAccumulators * kLanes;
  if (count < kStep) {
    float result = from[0];
    for (std::int64_t i = 1; i < count; ++i) result = Op::combine(result, from[i]);
    return result;
  }
  Vector sums[kAccumulators];
  for (int k = 0; k < kAccumulators; ++k) sums[k] = load(from + k * kLanes);
  std::int64_t i = kStep;
  for (; i + kStep <= count; i += kStep) {
    for (int k = 0; k < kAccumulators; ++k) sums[k] = Op::combine(sums[k], load(from + i + k * kLanes));
  }
  const Vector sum = Op::combine(Op::combine(sums[0], sums[1]), Op::combine(sums[2], sums[3]));
  float result = sum[0];
  for (int lane = 1; lane < kLanes; ++lane) result = Op::combine(result, sum[lane]);
  for (; i < count; ++i) result = Op::combine(result, from[i]);
  return result;
}

// Rows of `columns` <= kColumnBlock floats, `stride` floats apart, to one row. Rows without a gap between them are
// taken several at a time, as one long row, so that narrow ones fill vectors too; the long row is folded at the end.
template <class Op>
void reduce_columns(const float* from, std::int64_t rows, std::int64_t stride, std::int64_t columns,
                    float* to) noexcept {
  alignas(64) float accumulators[kColumnBlock];
  std::int64_t together = 1;
  while (stride == columns && together * 2 <= rows && together * 2 * columns <= kColumnBlock) together *= 2;
  const std::int64_t width = together * columns;

  std::memcpy(accumulators, from, sizeof(float) * static_cast<std::size_t>(width));
  std::int64_t row = together;
  for (; row + together <= rows; row += together) combine_into<Op>(accumulators, from + row * stride, width);
  if (row < rows) combine_into<Op>(accumulators, from + row * stride, (rows - row) * columns);
  for (std::int64_t half = width / 2; half >= columns; half /= 2) {
    combine_into<Op>(accumulators, accumulators + half, half);
  }
  std::memcpy(to, accumulators, sizeof(float) * static_cast<std::size_t>(columns));
}

// Rows [begin, begin + rows) of one outer index, columns [column, column + columns) of them, to `to`.
template <class Op>
void reduce_piece(const Shape& shape, const float* input, std::int64_t rows, std::int64_t columns,
                  float* to) noexcept {
  if (shape.inner == 1) {
    *to = reduce_row<Op>(input, rows);
  } else {
    reduce_columns<Op>(input, rows, shape.inner, columns, to);
  }
}

// Reduces `shape` in pieces of at most `chunk` rows to (outer, chunks, inner).
template <class Op>
void reduce_chunks(const Shape& shape, std::int64_t chunk, const float* input, float* output,
                   ThreadPool& pool) noexcept {
  const std::int64_t chunks = ceil_divide(shape.reduced, chunk);
  const std::int64_t blocks = ceil_divide(shape.inner, kColumnBlock);
  const std::int64_t pieces = shape.outer * chunks * blocks;
  const std::int64_t piece_floats = smaller_of(chunk, shape.reduced) * smaller_of(shape.inner, kColumnBlock);
  const std::int64_t pieces_per_item = larger_of(1, kItemFloats / piece_floats);

  parallel_for(pool, ceil_divide(pieces, pieces_per_item), [&](std::int64_t item, int) noexcept {
    const std::int64_t end = smaller_of(pieces, (item + 1) * pieces_per_item);
    for (std::int64_t piece = item * pieces_per_item; piece < end; ++piece) {
      const std::int64_t column = piece % blocks * kColumnBlock;
      const std::int64_t part = piece / blocks, o = part / chunks, row = part % chunks * chunk;
      const float* from = input + (o * shape.reduced + row) * shape.inner + column;
      reduce_piece<Op>(shape, from, smaller_of(chunk, shape.reduced - row),
                       smaller_of(kColumnBlock, shape.inner - column), output + part * shape.inner + column);
    }
  });
}

// Rows in a chunk of the reduced axis.
std::int64_t chunk_rows(const Shape& shape) noexcept {
  return larger_of(1, kItemFloats / smaller_of(shape.inner, kColumnBlock));
}

}  // namespace

std::int64_t reduce_sum_workspace(std::int64_t outer, std::int64_t reduced, std::int64_t inner, int) noexcept {
  const std::int64_t chunks = ceil_divide(reduced, chunk_rows({outer, reduced, inner}));
  return chunks == 1 ? 0 : outer * chunks * inner;
}

void reduce_sum(std::int64_t outer, std::int64_t reduced, std::int64_t inner, const float* input, float* output,
                float* workspace, ThreadPool& pool) noexcept {
  const Shape shape{outer, reduced, inner};
  const std::int64_t chunk = chunk_rows(shape), chunks = ceil_divide(reduced, chunk);
  if (chunks == 1) {
    reduce_chunks<Sum>(shape, reduced, input, output, pool);
  } else {
    reduce_chunks<Sum>(shape, chunk, input, workspace, pool);
    reduce_chunks<Sum>({outer, chunks, inner}, chunks, workspace, output, pool);
  }
}

void reduce_max(std::int64_t outer, std::int64_t reduced, std::int64_t inner, const float* input, float* output,
                ThreadPool& pool) noexcept {
  reduce_chunks<Max>({outer, reduced, inner}, reduced, input, output, pool);
}

}  // namespace pellucid::PELLUCID_ISA
