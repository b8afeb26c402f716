// merge_axes.h: fewer, longer axes for the same walk over memory.
#pragma once

#include <cstdint>

namespace pellucid {

// Drops axes of size 1 and merges neighbours that all `arrays` walk as one (the outer stride is the inner stride times
// the inner size). strides[array * stride_row + axis]. Returns the new rank, >= 1; a single element gets stride 1.
inline int merge_axes(int rank, std::int64_t* dims, std::int64_t* strides, int arrays, int stride_row) noexcept {
  int merged = 0;  // axes [0, merged) are done; the last of them may still grow
  for (int axis = 0; axis < rank; ++axis) {
    if (dims[axis] == 1) continue;
    bool joins = merged > 0;
    for (int array = 0; array < arrays && joins; ++array) {
      const std::int64_t* stride = strides + array * stride_row;
      joins = stride[merged - 1] == stride[axis] * dims[axis];
    }
    if (!joins) ++merged;
    dims[merged - 1] = joins ? dims[merged - 1] * dims[axis] : dims[axis];
    for (int array = 0; array < arrays; ++array) {
      strides[array * stride_row + merged - 1] = strides[array * stride_row + axis];
    }
  }
  if (merged > 0) return merged;
  dims[0] = 1;
  for (int array = 0; array < arrays; ++array) strides[array * stride_row] = 1;
  return 1;
}

}  // namespace pellucid
