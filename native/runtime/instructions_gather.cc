// instructions_gather.cc: gather and scatter_add, along the middle axis of (outer, axis, inner).
//
// ints: outer, the axis' size in the source (gather) or in the result (scatter_add), inner, count, indices[count].
// Both are written as sums of rows: row j of the result is the sum of the source rows that its list names, in their
// order. A gather has lists of at most one row. So every number of the result has one writer, and the order of each sum
// is fixed, whatever the number of threads.
#include <algorithm>
#include <cstring>
#include <vector>

#include "decoder.h"

namespace pellucid {
namespace {

constexpr std::int64_t kItemFloats = 16384;
constexpr std::int64_t kFewFloats = 16;  // copied by a loop: a call of memcpy costs more

void copy_row(const float* from, std::int64_t count, float* to) noexcept {
  if (count <= kFewFloats) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
  } else {
    std::memcpy(to, from, sizeof(float) * static_cast<std::size_t>(count));
  }
}

class RowSums final : public Instruction {
 public:
  // Index i leads from source row indices[i] to row i of the result (gather), or the other way (scatter_add).
  RowSums(Decoder& decoder, bool is_scatter) {
    decoder.expect_operands(1, 1, 1);
    const std::int64_t outer = decoder.take_size("outer"), size = decoder.take_size("the size of the axis");
    inner_ = decoder.take_size("inner");
    const std::int64_t count = decoder.take("the number of indices", 1, decoder.ints_left() - 1);
    source_rows_ = is_scatter ? count : size;
    result_rows_ = is_scatter ? size : count;
    decoder.add_input(*this, decoder.product("the source", {outer, source_rows_, inner_}));
    count_ = decoder.product("the result", {outer, result_rows_, inner_});
    decoder.add_output(*this, count_);

    std::vector<std::int64_t> indices(at(count));
    for (std::int64_t& index : indices) index = decoder.take("an index", -1, size - 1);
    make_lists(indices, is_scatter);
  }

  void run(const Frame& frame) const noexcept override {
    const float* from = frame.at(inputs[0]);
    float* to = frame.at(outputs[0]);
    parallel_for(frame.pool, (count_ + kItemFloats - 1) / kItemFloats, [&](std::int64_t item, int) noexcept {
      const std::int64_t begin = item * kItemFloats;
      run_range(from, to, begin, std::min(count_, begin + kItemFloats));
    });
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

  // Sorts the source rows by the row of the result that they go to; those of one row stay in order.
  void make_lists(const std::vector<std::int64_t>& indices, bool is_scatter) {
    first_.assign(at(result_rows_ + 1), 0);
    for_each_pair(indices, is_scatter, [&](std::int64_t, std::int64_t result) { ++first_[at(result + 1)]; });
    for (std::size_t row = 1; row < first_.size(); ++row) first_[row] += first_[row - 1];
    source_.resize(at(first_.back()));
    std::vector<std::int64_t> next = first_;
    for_each_pair(indices, is_scatter,
                  [&](std::int64_t source, std::int64_t result) { source_[at(next[at(result)]++)] = source; });
  }

  // visit(source row, row of the result) in the order of the indices, without those that lead nowhere.
  template <class Visit>
  static void for_each_pair(const std::vector<std::int64_t>& indices, bool is_scatter, Visit visit) {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const std::int64_t position = static_cast<std::int64_t>(i);
      if (indices[i] < 0) continue;
      if (is_scatter) {
        visit(position, indices[i]);
      } else {
        visit(indices[i], position);
      }
    }
  }

  // Elements [begin, end) of the result.
  void run_range(const float* from, float* to, std::int64_t begin, std::int64_t end) const noexcept {
    std::int64_t row = begin / inner_ % result_rows_, column = begin % inner_;
    from += begin / inner_ / result_rows_ * source_rows_ * inner_;
    while (begin < end) {
      const std::int64_t count = std::min(inner_ - column, end - begin);
      sum_rows(from + column, row, count, to + begin);
      begin += count;
      column = 0;
      if (++row < result_rows_) continue;
      row = 0;
      from += source_rows_ * inner_;
    }
  }

  // `count` neighbours of a row of the result.
  void sum_rows(const float* from, std::int64_t row, std::int64_t count, float* to) const noexcept {
    const std::int64_t* source = source_.data() + first_[at(row)];
    const std::int64_t* const end = source_.data() + first_[at(row + 1)];
    if (source == end) {
      std::fill_n(to, count, 0.0f);
      return;
    }
    copy_row(from + *source * inner_, count, to);
    while (++source != end) {
      const float* const other = from + *source * inner_;
      for (std::int64_t i = 0; i < count; ++i) to[i] += other[i];
    }
  }

  std::int64_t source_rows_, result_rows_, inner_;
  std::int64_t count_;                        // floats of the result
  std::vector<std::int64_t> first_, source_;  // the list of row j: source_[first_[j]] .. source_[first_[j + 1] - 1]
};

}  // namespace

std::unique_ptr<Instruction> decode_gather(Decoder& decoder) { return std::make_unique<RowSums>(decoder, false); }

std::unique_ptr<Instruction> decode_scatter_add(Decoder& decoder) { return std::make_unique<RowSums>(decoder, true); }

}  // namespace pellucid
