// instructions_copy.cc: copy between strided arrays: slices, transposes, concatenation, broadcast.
//
// ints: rank, dims[rank], source strides[rank] (0 repeats), destination strides[rank].
#include <algorithm>
#include <cstring>

#include "decoder.h"
#include "elementwise.h"
#include "merge_axes.h"

namespace pellucid {
namespace {

constexpr std::int64_t kItemFloats = 16384;
constexpr std::int64_t kRunsAhead = 8;  // runs are short where an array is strided: memory is asked for those to come

// A walk over a strided index space: at each index, the offset into the source and into the destination.
struct Walk {
  int rank;
  std::int64_t dims[kMaxRank];
  std::int64_t strides[2][kMaxRank];  // of the source, of the destination
};

void copy_run(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride,
              std::int64_t count) noexcept {
  if (from_stride == 1 && to_stride == 1) {
    std::memcpy(to, from, sizeof(float) * static_cast<std::size_t>(count));
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i * to_stride] = from[i * from_stride];
  }
}

// Asks for the beginning of a run to come; the processor itself sees a long one. Addresses that nobody may read do
// no harm.
void fetch_ahead(const float* from, const float* to, std::int64_t count) noexcept {
  constexpr std::int64_t kLineFloats = 16, kMostFloats = 8 * kLineFloats;
  for (std::int64_t i = 0; i < std::min(count, kMostFloats); i += kLineFloats) {
    __builtin_prefetch(from + i);
    __builtin_prefetch(to + i, 1);
  }
}

// Copies the elements [begin, begin + count) of the walk, run by run of the last axis.
void copy_range(const Walk& walk, std::int64_t begin, std::int64_t count, const float* from, float* to) noexcept {
  const int last = walk.rank - 1;
  const auto &from_strides = walk.strides[0], &to_strides = walk.strides[1];
  std::int64_t index[kMaxRank];
  for (int axis = last; axis >= 0; --axis) {
    index[axis] = begin % walk.dims[axis];
    begin /= walk.dims[axis];
    from += index[axis] * from_strides[axis];
    to += index[axis] * to_strides[axis];
  }
  const auto step_back_to_start = [&](int axis) noexcept {
    from -= index[axis] * from_strides[axis];
    to -= index[axis] * to_strides[axis];
    index[axis] = 0;
  };
  const std::int64_t from_ahead = last > 0 ? kRunsAhead * from_strides[last - 1] : 0;
  const std::int64_t to_ahead = last > 0 ? kRunsAhead * to_strides[last - 1] : 0;
  while (true) {
    const std::int64_t run = std::min(count, walk.dims[last] - index[last]);
    fetch_ahead(from + from_ahead, to + to_ahead, run);
    copy_run(from, from_strides[last], to, to_strides[last], run);
    count -= run;
    if (count == 0) return;
    step_back_to_start(last);
    for (int axis = last - 1; axis >= 0; --axis) {  // the odometer's carry
      from += from_strides[axis];
      to += to_strides[axis];
      if (++index[axis] < walk.dims[axis]) break;
      step_back_to_start(axis);
    }
  }
}

// Does no element of the destination come up twice? Each stride must step over all smaller ones.
bool is_injective(const Walk& walk) {
  int order[kMaxRank];
  for (int axis = 0; axis < walk.rank; ++axis) order[axis] = axis;
  const auto& strides = walk.strides[1];
  std::sort(order, order + walk.rank, [&](int a, int b) { return strides[a] < strides[b]; });
  std::int64_t reach = 0;
  for (int i = 0; i < walk.rank; ++i) {
    const int axis = order[i];
    if (walk.dims[axis] > 1 && strides[axis] <= reach) return false;
    reach += (walk.dims[axis] - 1) * strides[axis];
  }
  return true;
}

class Copy final : public Instruction {
 public:
  explicit Copy(Decoder& decoder) {
    decoder.expect_operands(1, 1, 1);
    walk_.rank = static_cast<int>(decoder.take("rank", 0, kMaxRank));
    count_ = 1;
    for (int axis = 0; axis < walk_.rank; ++axis) {
      walk_.dims[axis] = decoder.take_size("a dim");
      count_ = decoder.product("the copy", {count_, walk_.dims[axis]});
    }
    for (auto& strides : walk_.strides) {
      for (int axis = 0; axis < walk_.rank; ++axis) strides[axis] = decoder.take_offset("a stride");
    }
    decoder.add_input(*this, decoder.span("the source", walk_.dims, walk_.strides[0], walk_.rank));
    decoder.add_output(*this, decoder.span("the destination", walk_.dims, walk_.strides[1], walk_.rank));
    if (!is_injective(walk_)) decoder.fail("the destination strides write an element twice");
    walk_.rank = merge_axes(walk_.rank, walk_.dims, walk_.strides[0], 2, kMaxRank);
  }

  void run(const Frame& frame) const noexcept override {
    const float* from = frame.at(inputs[0]);
    float* to = frame.at(outputs[0]);
    parallel_for(frame.pool, (count_ + kItemFloats - 1) / kItemFloats, [&](std::int64_t item, int) noexcept {
      const std::int64_t begin = item * kItemFloats;
      copy_range(walk_, begin, std::min(kItemFloats, count_ - begin), from, to);
    });
  }

 private:
  Walk walk_;
  std::int64_t count_;
};

}  // namespace

std::unique_ptr<Instruction> decode_copy(Decoder& decoder) { return std::make_unique<Copy>(decoder); }

}  // namespace pellucid
