// chunks.h: sums cut into chunks that are computed apart and combined by a fixed binary tree.
//
// Chunk 0 sums in the result itself, the others in arrays of `partials`, one behind the other. How many chunks there
// are depends on shapes only, and so does the tree: the result is the same to the bit for any number of threads.
#pragma once

#include "panel.h"
#include "parallel.h"

namespace pellucid::PELLUCID_ISA {
namespace {

inline float* chunk_sum(float* result, float* partials, int64_t chunk, int64_t count) noexcept {
  return chunk == 0 ? result : partials + (chunk - 1) * count;
}

// result = the sum of all chunks, neighbours first: ((0 + 1) + (2 + 3)) + ...; `partials` is used up.
[[maybe_unused]] void combine_chunks(float* result, float* partials, int64_t chunks, int64_t count,
                                     ThreadPool& pool) noexcept {
  constexpr int64_t kSlice = 8 * 1024;  // floats of an item: the same slice of 16 chunks fits L2
  if (chunks == 1) return;
  parallel_for(pool, ceil_div(count, kSlice), [&](int64_t slice, int) noexcept {
    const int64_t first = slice * kSlice, end = smaller(count, first + kSlice);
    for (int64_t gap = 1; gap < chunks; gap *= 2) {
      for (int64_t chunk = 0; chunk + gap < chunks; chunk += 2 * gap) {
        float* const sum = chunk_sum(result, partials, chunk, count);
        const float* const other = chunk_sum(result, partials, chunk + gap, count);
        for (int64_t i = first; i < end; ++i) sum[i] += other[i];
      }
    }
  });
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
