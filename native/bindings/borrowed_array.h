// borrowed_array.h: the memory of an array that Python lends.
#pragma once

#include <nanobind/nanobind.h>

#include <vector>

#include "program.h"

namespace pellucid {

// The numbers of a C-contiguous float32 array, for as long as this lives. Made and ended with the GIL.
class BorrowedArray {
 public:
  // Any object; `is_lent` says whether it was such an array.
  BorrowedArray(nanobind::handle array, bool is_written) noexcept;
  ~BorrowedArray();
  BorrowedArray(BorrowedArray&& other) noexcept : view_(other.view_) { other.view_.obj = nullptr; }
  BorrowedArray(const BorrowedArray&) = delete;
  BorrowedArray& operator=(const BorrowedArray&) = delete;

  bool is_lent() const noexcept { return view_.obj != nullptr; }
  bool has_shape(const std::vector<Py_ssize_t>& shape) const noexcept;
  External external() const noexcept {
    const std::int64_t bytes = view_.len;
    return {static_cast<float*>(view_.buf), bytes / std::int64_t{sizeof(float)}};
  }

 private:
  Py_buffer view_{};
};

// Borrows arrays, of which the first is the external array number `first` of a program, and notes where they
// lie. Throws std::invalid_argument where one is no C-contiguous float32 array, or is written and may not be.
void borrow(const Program& program, nanobind::handle arrays, std::size_t first,
            std::vector<BorrowedArray>& borrowed, std::vector<External>& memory);

}  // namespace pellucid
