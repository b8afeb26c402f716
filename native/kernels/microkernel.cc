// microkernel.cc: the register tiles of floats; those of pairs of bfloat16 are in pairs.cc.
#include "microkernel.h"

#include "pairs.h"
#include "register_tile.h"

namespace pellucid::PELLUCID_ISA {
namespace {

struct FloatProduct {
  static constexpr const char *kDirect = "direct", *kDot = "dot";

  template <int LANES>
  static inline __attribute__((always_inline)) typename Lanes<LANES>::Vector broadcast(const float* word) noexcept {
    return Lanes<LANES>::broadcast(*word);
  }
  template <class V>
  static inline __attribute__((always_inline)) V add(V sum, V a, V b) noexcept {
    return sum + a * b;
  }
};

}  // namespace

const TileShape& tile_shape(int64_t columns, Word word) noexcept {
  if constexpr (kHasPairs) {
    if (word == Word::kPair) return pair_tile_shape(columns);
  }
  return tile_shape_of<FloatProduct>(columns);
}

const TileShape& dot_shape(int64_t columns, int64_t steps, Word word) noexcept {
  if constexpr (kHasPairs) {
    if (word == Word::kPair) return pair_dot_shape(columns, steps);
  }
  return dot_shape_of<FloatProduct>(columns, steps);
}

}  // namespace pellucid::PELLUCID_ISA
