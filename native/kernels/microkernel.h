// microkernel.h: the register tile that every convolution and matrix product of the engine is made of.
//
//   out[r][c] (+)= sum over steps s of source[r][s] * panel[s][c]
//
// `source` values are read one by one and broadcast, `panel` rows are read as vectors; all sums stay in registers.
// The steps come as a list of runs, stretches that are regular in memory, so one loop serves four users:
//
//   user                     rows r                 steps s                       columns c
//   convolution, forward     output points          (tap, input channel)          output channels
//   its input gradient       input points           (tap, output channel)         input channels
//   its weight gradient      (tap, input channel)   output points                 output channels
//   matrix product           rows of A              the inner dimension           columns of B
//
// What stands in the 32 bits of a source value or of a panel's element is a float, or a pair of bfloat16 (pairs.h).
//
// Indirect addressing (one pointer per row) after Dukhan, "The Indirect Convolution Algorithm", arXiv 1907.02129.
#pragma once

#include <cstdint>

#include "problems.h"
#include "vector.h"

namespace pellucid::PELLUCID_ISA {

using std::int64_t;

// A step multiplies floats, or pairs element by element and adds both products; sums are floats either way.
enum class Word { kFloat, kPair };

struct Run {
  int64_t source;  // offset of the first step from the rows' source pointers [floats]
  int64_t panel;   // offset of the first step's panel row from the panel pointer [floats]
  int64_t count;   // steps
};

struct Tile {
  const float* const* source;  // one pointer per row
  float* const* out;           // one pointer per row
  const Run* runs;
  int64_t run_count;    // may be 0: the sums are then `start`
  int64_t source_step;  // between the source values of two steps [floats]
  const float* panel;
  int64_t panel_step;   // between the panel rows of two steps [floats]
  int64_t columns;      // how many columns exist in `out`; the panel is readable up to the shape's width
  const float* start;   // what the sums of a row start from, readable up to the shape's width; or null: zero
  bool accumulate;      // add to what `out` holds
  Bounds bounds = kUnbounded;
};

using TileFunction = void (*)(const Tile&) noexcept;

// How many sums the registers hold: up to `rows` rows of `width` columns.
struct TileShape {
  int width;                // columns that are computed, stored or not
  int rows;
  const TileFunction* run;  // run[r - 1] computes a tile of r rows, 1 <= r <= rows
  const char* name;         // for `explain`, e.g. "direct 6x64"
};

#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int kMaxVectors = 4;  // vectors per row of the widest tile; there are 32 vector registers
#else
inline constexpr int kMaxVectors = 2;  // there are 16
#endif
inline constexpr int kMaxTileRows = 10;

// The shape for `columns` <= kMaxVectors * kLanes columns: the narrowest that holds them.
const TileShape& tile_shape(int64_t columns, Word word = Word::kFloat) noexcept;

// Up to kDotColumns columns leave most of a vector empty. Where the runs are multiples of kDotSteps steps, tiles of dot
// products serve better: vectors along the steps, summed at the end. There source_step is 1, and the panel holds
// columns instead of rows: step s of column c stands at panel[c * panel_step + s].
inline constexpr int kDotColumns = 3;
inline constexpr int kDotSteps = kLanes < 8 ? kLanes : 8;
// `steps` divides the length of every run.
const TileShape& dot_shape(int64_t columns, int64_t steps, Word word = Word::kFloat) noexcept;

}  // namespace pellucid::PELLUCID_ISA
