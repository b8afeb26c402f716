// random.cc: uniform numbers by position: the same key gives the same numbers, however many threads draw them.
//
// Sixteen counters of the cipher (random.h) make 32 numbers: first all first words, then all second words, which is
// the same order at every vector width.
#include "kernels.h"
#include "random.h"
#include "vector.h"

namespace pellucid::PELLUCID_ISA {
namespace {

typedef std::uint32_t Words __attribute__((vector_size(4 * PELLUCID_VECTOR_FLOATS)));

constexpr std::int64_t kCounters = 16;  // in a group
constexpr std::int64_t kGroupFloats = 2 * kCounters;
constexpr std::int64_t kGroupsPerItem = 256;
constexpr std::uint32_t kLaneNumbers[kCounters] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// The upper 24 bits as a multiple of 2^-24 in [0, 1).
Vector to_unit_interval(Words words) noexcept {
  return __builtin_convertvector(reinterpret_cast<Mask>(words >> 8), Vector) * 0x1p-24f;
}

// Numbers 32 group .. 32 group + 31.
void draw_group(std::uint32_t key0, std::uint32_t key1, std::int64_t group, float* to) noexcept {
  const std::uint64_t counter = static_cast<std::uint64_t>(group * kCounters);
  for (int first = 0; first < kCounters; first += kLanes) {
    Words x0;
    std::memcpy(&x0, kLaneNumbers + first, sizeof(x0));
    x0 += static_cast<std::uint32_t>(counter);  // a multiple of 16: no carry into the upper word
    Words x1 = Words{} + static_cast<std::uint32_t>(counter >> 32);
    threefry2x32(key0, key1, x0, x1);
    store(to + first, to_unit_interval(x0));
    store(to + kCounters + first, to_unit_interval(x1));
  }
}

}  // namespace

void random_uniform(std::uint32_t key0, std::uint32_t key1, std::int64_t count, float* output,
                    ThreadPool& pool) noexcept {
  const std::int64_t whole_groups = count / kGroupFloats;
  const std::int64_t items = whole_groups / kGroupsPerItem + 1;
  parallel_for(pool, items, [&](std::int64_t item, int) noexcept {
    const std::int64_t begin = item * kGroupsPerItem, end = begin + kGroupsPerItem;
    for (std::int64_t group = begin; group < end && group < whole_groups; ++group) {
      draw_group(key0, key1, group, output + group * kGroupFloats);
    }
    const std::int64_t rest = count - whole_groups * kGroupFloats;
    if (item == items - 1 && rest > 0) {
      float numbers[kGroupFloats];
      draw_group(key0, key1, whole_groups, numbers);
      std::memcpy(output + whole_groups * kGroupFloats, numbers, sizeof(float) * static_cast<std::size_t>(rest));
    }
  });
}

}  // namespace pellucid::PELLUCID_ISA
