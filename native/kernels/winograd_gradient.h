// winograd_gradient.h: Z = A dY A^T, the gradient of a result in the domain of frequencies (winograd.h).
//
// The gradient may come as a max pooling left it: one number per window, and the place that it goes to. Windows of 2 x
// 2 lie in whole tiles, so a tile is put together in registers, and the gradient with its three zeros of four numbers
// is never in memory.
#pragma once

#include "winograd.h"

namespace pellucid::PELLUCID_ISA {
namespace {

// The gradient of a result: of each pixel, or where `places` is not null, of each window of two (by two).
struct ResultGradient {
  const float* values;
  const float* places;
};

// The windows of one tile and one vector of columns, spread out.
template <class F>
struct Unpooled {
  static constexpr int kDown = F::kOutRows > 1 ? 2 : 1;
  static constexpr int kRows = F::kOutRows / kDown, kColumns = F::kOutColumns / 2;
  Vector values[kRows][kColumns], places[kRows][kColumns];

  Vector at(int i, int j) const noexcept {
    const Vector place = broadcast(static_cast<float>(i % kDown * 2 + j % 2));
    return places[i / kDown][j / 2] == place ? values[i / kDown][j / 2] : Vector{};
  }
};

template <class F>
void transform_windows(const Tiling& t, const ResultGradient& gradient, const TilePlace& tile, float* z) noexcept {
  using Windows = Unpooled<F>;
  const int64_t height = t.out_size[1] / Windows::kDown, width = t.out_size[2] / 2;
  const int64_t row = tile.row / Windows::kDown, column = tile.column / 2;
  const int64_t pixel = ((tile.image * t.out_size[0] + tile.plane) * height + row) * width + column;
  for (int64_t c = 0; c < t.columns; c += kLanes) {
    const int count = static_cast<int>(smaller(kLanes, t.columns - c));
    Windows windows;
    for (int i = 0; i < Windows::kRows; ++i) {
      for (int j = 0; j < Windows::kColumns; ++j) {
        const bool inside = row + i < height && column + j < width;
        const int64_t at = (pixel + i * width + j) * t.columns + c;
        windows.values[i][j] = windows.places[i][j] = Vector{};
        if (!inside) continue;
        windows.values[i][j] = count == kLanes ? load(gradient.values + at) : load_part(gradient.values + at, count);
        windows.places[i][j] = count == kLanes ? load(gradient.places + at) : load_part(gradient.places + at, count);
      }
    }
    F::template apply<typename F::GradientOfOutput>(
        [&](int i, int j) noexcept { return windows.at(i, j); },
        [&](int i, int j, Vector value) noexcept { store(z + c + (i * F::kColumns + j) * t.result_pitch, value); });
  }
}

// Z of the tiles [begin, begin + count): z[frequency][tile][column].
template <class F>
void transform_gradient(const Tiling& t, const ResultGradient& gradient, int64_t begin, int64_t count,
                        float* z) noexcept {
  for (int64_t i = 0; i < count; ++i) {
    const TilePlace place = tile_place<F>(t, begin + i);
    if (gradient.places != nullptr) {
      transform_windows<F>(t, gradient, place, z + i * t.width);
    } else {
      transform_pixels<F, typename F::GradientOfOutput>(gradient.values, t.out_size, t.columns, place, F::kOutRows,
                                                        F::kOutColumns, z + i * t.width, t.result_pitch);
    }
  }
}

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
