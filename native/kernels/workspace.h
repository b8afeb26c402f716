// workspace.h: cuts a kernel's scratch memory into arrays.
//
// A kernel lists its arrays in one function and calls it twice: on a null base to learn the size, on the real memory
// to get the pointers. So the two cannot disagree.
#pragma once

#include <cstdint>

#ifndef PELLUCID_ISA
#error "compile kernels with -DPELLUCID_ISA=<level> and -DPELLUCID_VECTOR_FLOATS=<4|8|16>"
#endif

namespace pellucid::PELLUCID_ISA {

class Workspace {
 public:
  explicit Workspace(float* base) noexcept : base_(base) {}

  // Room for `count` values, aligned to a cache line so that workers do not share one.
  template <class T>
  T* take(std::int64_t count) noexcept {
    constexpr std::int64_t kLineFloats = 16;
    const std::int64_t floats = (count * std::int64_t{sizeof(T)} + 3) / 4;
    float* const array = base_ == nullptr ? nullptr : base_ + floats_;
    floats_ += (floats + kLineFloats - 1) / kLineFloats * kLineFloats;
    return reinterpret_cast<T*>(array);
  }
  std::int64_t floats() const noexcept { return floats_; }
  bool measuring() const noexcept { return base_ == nullptr; }  // there is no memory to write to

 private:
  float* base_;
  std::int64_t floats_ = 0;
};

}  // namespace pellucid::PELLUCID_ISA
