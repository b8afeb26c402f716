// elementwise_blocks.h: how the elements of a chain are cut into items and blocks.
//
// An item is what a worker takes at once, a block what fits into the first-level cache with all values of the chain.
// Where channels are summed, or a number per channel is read (a bias, the scale of a normalisation), blocks keep to the
// rows of channels: some whole rows, or a part of one row where rows are long. What belongs to the channels is then
// the same in each block, or lies in memory as the block needs it.
#pragma once

#include "elementwise.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr std::int64_t kItemFloats = 16384;
constexpr std::int64_t kLargestBlock = 1024;
constexpr std::int64_t kPreferredScratch = 4096;  // floats: half of a small L1, the rest streams
static_assert(kElementwiseScratchFloats >= kPreferredScratch && kElementwiseScratchFloats >= kLargestBlock);

// Blocks begin at multiples of vectors of any width, and never reach over the end of an item.
struct Blocks {
  std::int64_t block;      // elements, at most
  std::int64_t item;       // elements: whole rows
  std::int64_t row;        // no block reaches over a multiple of it
  std::int64_t sum_width;  // sums of an item side by side: several rows where channels are few
  bool are_parts;          // of rows of channels

  // Elements of the block at `at`, of all those up to `end`.
  std::int64_t count(std::int64_t at, std::int64_t end) const noexcept {
    const std::int64_t row_end = at - at % row + row, first = row_end < end ? row_end : end;
    return at + block < first ? block : first - at;
  }
};

// Whether an input holds one number per channel, of so many channels.
bool is_per_channel(const ElementwiseInput& input) noexcept {
  return input.rank == 2 && input.strides[0] == 0 && input.strides[1] == 1;
}

// The channels whose rows the blocks keep to: those that are summed, or else those of the first input with a number
// for each; 0 for none.
std::int64_t channels_of(const ElementwiseProblem& problem) noexcept {
  if (problem.sums > 0) return problem.columns;
  for (int i = 0; i < problem.inputs; ++i) {
    const ElementwiseInput& input = problem.input[i];
    if (is_per_channel(input) && input.dims[1] <= kItemFloats) {
      const std::int64_t block = smallest_row_block(input.dims[1]);
      return block <= kLargestBlock && block * problem.slots <= kElementwiseScratchFloats ? input.dims[1] : 0;
    }
  }
  return 0;
}

Blocks cut_into_blocks(const ElementwiseProblem& problem) noexcept {
  const std::int64_t each = kPreferredScratch / problem.slots, most = each < kLargestBlock ? each : kLargestBlock;
  const std::int64_t wanted = most - most % kWidestVector;
  const std::int64_t channels = channels_of(problem);
  if (channels == 0) {
    std::int64_t block = kLargestBlock;
    while (block > kSmallestBlock && block > most) block /= 2;  // powers of two: they divide an item
    return {block, kItemFloats, kItemFloats, 0, false};
  }
  const std::int64_t smallest = smallest_row_block(channels);
  const std::int64_t rows = kItemFloats / channels > 1 ? kItemFloats / channels : 1;
  if (is_cut_in_parts(channels)) {
    const std::int64_t block = part_of_row(channels, wanted > smallest ? wanted : smallest);
    return {block, rows * channels, channels, channels, true};
  }
  std::int64_t block = smallest;
  while (2 * block <= wanted) block *= 2;
  const std::int64_t item = kItemFloats - kItemFloats % block;
  return {block, item, item, smallest, false};
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
