// column.h: all samples of one input of a program, of which each of many steps takes some.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>

#include "buffer.h"
#include "parallel.h"
#include "program.h"

namespace pellucid {

// Numbers of the samples as they lie in the caller's memory: float32, or bytes that become floats.
class Column {
 public:
  using Array = nanobind::ndarray<nanobind::ro, nanobind::c_contig, nanobind::device::cpu>;

  // `array`: (samples, ...); a step takes so many rows of it, which are `floats` numbers together.
  // Throws std::invalid_argument where it holds other numbers, or rows of another size.
  Column(Array array, std::int64_t rows_per_step, std::int64_t floats);

  std::int64_t samples() const noexcept { return static_cast<std::int64_t>(array_.shape(0)); }

  // The numbers of these rows, one row behind the other: where they lie, if they do so there, or copied. They hold
  // until the next call. The rows are below `samples`.
  External take(const std::int64_t* rows, ThreadPool& pool) noexcept;

 private:
  bool lie_together(const std::int64_t* rows) const noexcept;
  void copy_row(std::int64_t from, std::int64_t to) noexcept;

  Array array_;
  std::int64_t rows_, row_floats_;
  bool is_bytes_;
  Buffer copy_;
};

}  // namespace pellucid
