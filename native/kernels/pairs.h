// pairs.h: products of bfloat16 with float32 sums.
//
// A bfloat16 is the upper half of a float: its sign, its exponent and 8 significant bits. The instruction multiplies
// pairs of them: a word of 32 bits holds two neighbours along what is summed, and one step of a register tile adds
// both products to its sum. So the kernels for floats run unchanged over words, with half as many steps, once their
// operands are in pairs. What is paired:
//
//   user                     pairs of
//   convolution, forward     input channels
//   its input gradient       output channels
//   its weight gradient      images
//   matrix product           elements along the inner dimension
//
// An odd end is paired with zero. Conversion rounds to nearest, ties to even.
#pragma once

#include "microkernel.h"
#include "parallel.h"
#include "problems.h"

namespace pellucid::PELLUCID_ISA {

// Is pairs.cc part of this level? Whether the processor knows its instructions is another question (isa.h).
#if defined(__AVX512F__)
inline constexpr bool kHasPairs = true;
#else
inline constexpr bool kHasPairs = false;
#endif

// An array of floats, [outer][paired][inner], whose neighbours along the middle axis become pairs.
struct Pairing {
  std::int64_t outer, paired, inner;

  std::int64_t pairs() const noexcept { return (paired + 1) / 2; }
  std::int64_t words() const noexcept { return outer * pairs() * inner; }
};

// In pairs.cc; called only where kHasPairs.
void write_pairs(const float* from, const Pairing& pairing, float* to, ThreadPool& pool) noexcept;
const TileShape& pair_tile_shape(std::int64_t columns) noexcept;
const TileShape& pair_dot_shape(std::int64_t columns, std::int64_t steps) noexcept;

std::int64_t multiply_pairs(std::int64_t items, float* output, ThreadPool& pool) noexcept;

[[maybe_unused]] static void make_pairs(const float* from, const Pairing& pairing, float* to,
                                        ThreadPool& pool) noexcept {
  if constexpr (kHasPairs) write_pairs(from, pairing, to, pool);
}

// Whether a problem that asks for bfloat16 is computed in it, where Winograd's method is not used. By sizes alone.
bool uses_pairs(const ConvProblem& problem, Pass pass) noexcept;
bool uses_pairs(const MatmulProblem& problem) noexcept;

}  // namespace pellucid::PELLUCID_ISA
