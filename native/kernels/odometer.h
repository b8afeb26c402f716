// odometer.h: counts through a box of four axes, last axis fastest, and keeps two offsets that are linear in the index.
//
// The kernels walk points of one array beside the matching points of another; a tile needs a few steps of such a walk,
// so stepping must cost a few instructions and no division.
#pragma once

#include <cstdint>

#ifndef PELLUCID_ISA
#error "compile kernels with -DPELLUCID_ISA=<level> and -DPELLUCID_VECTOR_FLOATS=<4|8|16>"
#endif

namespace pellucid::PELLUCID_ISA {

struct OdometerAxis {
  std::int64_t size, first_step, second_step;
};

class Odometer {
 public:
  static constexpr int kAxes = 4;

  // Starts at the point number `start` of the box; the first point has the offsets `first` and `second`.
  Odometer(const OdometerAxis (&axes)[kAxes], std::int64_t first, std::int64_t second, std::int64_t start) noexcept
      : first_(first), second_(second) {
    for (int a = kAxes - 1; a >= 0; --a) {
      axes_[a] = axes[a];
      index_[a] = start % axes[a].size;
      start /= axes[a].size;
      first_ += index_[a] * axes[a].first_step;
      second_ += index_[a] * axes[a].second_step;
    }
  }

  std::int64_t first() const noexcept { return first_; }
  std::int64_t second() const noexcept { return second_; }

  void advance() noexcept {
    for (int a = kAxes - 1;; --a) {
      first_ += axes_[a].first_step;
      second_ += axes_[a].second_step;
      if (++index_[a] < axes_[a].size || a == 0) return;
      index_[a] = 0;
      first_ -= axes_[a].size * axes_[a].first_step;
      second_ -= axes_[a].size * axes_[a].second_step;
    }
  }

 private:
  std::int64_t first_, second_;
  std::int64_t index_[kAxes];
  OdometerAxis axes_[kAxes];
};

}  // namespace pellucid::PELLUCID_ISA
