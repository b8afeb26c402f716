#include "column.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace nb = nanobind;

namespace pellucid {
namespace {

// Below that the threads would take longer to wake than to copy.
constexpr std::int64_t kFewFloats = 64 * 1024;
constexpr std::int64_t kFloatsPerItem = 16 * 1024;

}  // namespace

Column::Column(Array array, std::int64_t rows_per_step, std::int64_t floats)
    : array_(std::move(array)), rows_(rows_per_step), row_floats_(floats / std::max<std::int64_t>(rows_per_step, 1)),
      is_bytes_(array_.dtype() == nb::dtype<std::uint8_t>()) {
  if (!is_bytes_ && array_.dtype() != nb::dtype<float>()) {
    throw std::invalid_argument("samples are of float32 or uint8");
  }
  const bool has_rows = array_.ndim() > 0 && rows_ > 0 && array_.shape(0) > 0;
  if (!has_rows || row_floats_ * rows_ != floats ||
      static_cast<std::int64_t>(array_.size()) != samples() * row_floats_) {
    throw std::invalid_argument("a step takes " + std::to_string(rows_) + " samples of " + std::to_string(row_floats_) +
                                " numbers, got an array of " + std::to_string(array_.size()));
  }
  copy_ = Buffer(floats);
}

bool Column::lie_together(const std::int64_t* rows) const noexcept {
  if (is_bytes_) return false;
  for (std::int64_t i = 1; i < rows_; ++i) {
    if (rows[i] != rows[0] + i) return false;
  }
  return true;
}

void Column::copy_row(std::int64_t from, std::int64_t to) noexcept {
  float* target = copy_.data() + to * row_floats_;
  if (is_bytes_) {
    const auto* source = static_cast<const std::uint8_t*>(array_.data()) + from * row_floats_;
    for (std::int64_t i = 0; i < row_floats_; ++i) target[i] = static_cast<float>(source[i]);
  } else {
    const auto* source = static_cast<const float*>(array_.data()) + from * row_floats_;
    std::memcpy(target, source, static_cast<std::size_t>(row_floats_) * sizeof(float));
  }
}

External Column::take(const std::int64_t* rows, ThreadPool& pool) noexcept {
  const std::int64_t floats = rows_ * row_floats_;
  if (lie_together(rows)) {
    auto* first = const_cast<float*>(static_cast<const float*>(array_.data())) + rows[0] * row_floats_;
    return {first, floats};
  }
  if (floats < kFewFloats) {
    for (std::int64_t i = 0; i < rows_; ++i) copy_row(rows[i], i);
  } else {
    const std::int64_t each = std::max<std::int64_t>(kFloatsPerItem / row_floats_, 1);
    parallel_for(pool, (rows_ + each - 1) / each, [&](std::int64_t item, int) noexcept {
      const std::int64_t end = std::min(rows_, (item + 1) * each);
      for (std::int64_t i = item * each; i < end; ++i) copy_row(rows[i], i);
    });
  }
  return {copy_.data(), floats};
}

}  // namespace pellucid
