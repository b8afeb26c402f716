// instructions_places.cc: gather_at and scatter_add_at, along the middle axis of (outer, axis, inner), by places that are
// numbers of the graph themselves: (outer, count).
//
// ints: outer, the axis' size in the source (gather_at) or in the result (scatter_add_at), inner, count.
// A place that is no row of the axis (below 0, beyond the end, between two rows, NaN) leads nowhere. In a scatter each
// sample has one writer, which goes through the rows in their order, so that sums are the same for any number of threads.
#include <algorithm>

#include "decoder.h"

namespace pellucid {
namespace {

constexpr std::int64_t kItemFloats = 16384;
constexpr std::int64_t kExactIntegers = std::int64_t{1} << 24;  // beyond, a float cannot hold every place

// The row that a place is, or -1.
std::int64_t row_of(float place, std::int64_t size) noexcept {
  if (!(place >= 0.0f && place < static_cast<float>(size))) return -1;  // NaN, too
  const std::int64_t row = static_cast<std::int64_t>(place);
  return static_cast<float>(row) == place ? row : -1;
}

class AtPlaces : public Instruction {
 protected:
  AtPlaces(Decoder& decoder, bool is_scatter) {
    decoder.expect_operands(2, 2, 1);
    outer_ = decoder.take_size("outer");
    size_ = decoder.take("the size of the axis", 1, kExactIntegers);
    inner_ = decoder.take_size("inner");
    count_ = decoder.take_size("count");
    const std::int64_t all = decoder.product("the axis", {outer_, size_, inner_});
    const std::int64_t some = decoder.product("the rows at places", {outer_, count_, inner_});
    decoder.add_input(*this, is_scatter ? some : all);
    decoder.add_input(*this, decoder.product("the places", {outer_, count_}));
    decoder.add_output(*this, is_scatter ? all : some);
  }

  std::int64_t outer_, size_, inner_, count_;
};

class GatherAt final : public AtPlaces {
 public:
  explicit GatherAt(Decoder& decoder) : AtPlaces(decoder, false) {}

  void run(const Frame& frame) const noexcept override {
    const float* const from = frame.at(inputs[0]);
    const float* const places = frame.at(inputs[1]);
    float* const to = frame.at(outputs[0]);
    const std::int64_t rows = outer_ * count_, step = std::max<std::int64_t>(1, kItemFloats / inner_);
    parallel_for(frame.pool, (rows + step - 1) / step, [&](std::int64_t item, int) noexcept {
      const std::int64_t end = std::min(rows, (item + 1) * step);
      for (std::int64_t i = item * step; i < end; ++i) {
        const std::int64_t row = row_of(places[i], size_);
        float* const target = to + i * inner_;
        if (row < 0) {
          std::fill_n(target, inner_, 0.0f);
        } else {
          std::copy_n(from + (i / count_ * size_ + row) * inner_, inner_, target);
        }
      }
    });
  }
};

class ScatterAddAt final : public AtPlaces {
 public:
  explicit ScatterAddAt(Decoder& decoder) : AtPlaces(decoder, true) {}

  void run(const Frame& frame) const noexcept override {
    const float* const from = frame.at(inputs[0]);
    const float* const places = frame.at(inputs[1]);
    float* const to = frame.at(outputs[0]);
    parallel_for(frame.pool, outer_, [&](std::int64_t sample, int) noexcept {
      float* const total = to + sample * size_ * inner_;
      std::fill_n(total, size_ * inner_, 0.0f);
      for (std::int64_t i = sample * count_; i < (sample + 1) * count_; ++i) {
        const std::int64_t row = row_of(places[i], size_);
        if (row < 0) continue;
        const float* const part = from + i * inner_;
        float* const target = total + row * inner_;
        for (std::int64_t j = 0; j < inner_; ++j) target[j] += part[j];
      }
    });
  }
};

}  // namespace

std::unique_ptr<Instruction> decode_gather_at(Decoder& decoder) { return std::make_unique<GatherAt>(decoder); }

std::unique_ptr<Instruction> decode_scatter_add_at(Decoder& decoder) { return std::make_unique<ScatterAddAt>(decoder); }

}  // namespace pellucid
