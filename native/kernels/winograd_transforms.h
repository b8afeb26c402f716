// winograd_transforms.h: the small matrices of Winograd's convolution, applied to tiles of vectors.
//
// For m outputs of a kernel of r taps along an axis, with n = m + r - 1 inputs, n products suffice:
//
//   y = A^T [ (G g) * (B^T d) ]        (S. Winograd, "Arithmetic complexity of computations", SIAM 1980)
//
// and over two axes Y = A^T [ (G g G^T) * (B^T d B) ] A (A. Lavin and S. Gray, arXiv 1509.09308). The polynomials
// behind it are taken at the points 0, 1/2, -1/2, 2, -2 and infinity, so n = 6, and one B serves F(4, 3) and F(2, 5):
//
//         1    0    -17/4    0      1   0              row i of G = (1, p, p^2, ..., p^(r-1)) / product of (p - q) over
//         0   -2     -4     1/2     1   0              the other finite points q; the last row = (0, ..., 0, 1)
//   B^T = 0    2     -4    -1/2     1   0              column i of A^T = (1, p, ..., p^(m-1)); the last = (0, ..., 0, 1)
//         0  -1/2   -1/4     2      1   0
//         0   1/2   -1/4    -2      1   0              where A^T is multiplied by 1/|p| and G by |p|, so that y[1] needs
//         0    1      0    -17/4    0   1              no multiplication
//
// With the usual points 1, -1, 2, -2 a rounding error can grow to twice as much on its way to y along an axis, four
// times over two: what is lost depends on the sums max over y of |A^T| |G| |B^T|, which are 15 and 29 for F(4, 3).
// Halves and doubles keep B and A free of roundings. (Which points are good: B. Barabasz and others, arXiv 1803.10986.)
//
// F(2, 3) takes the points 0, 1, -1 and infinity, n = 4: it saves less, its transformed kernel is 2.25 times as small,
// and that sum is 4.
//
//        -1  0  1  0
// B^T =   0  1  1  0
//         0 -1  1  0
//         0 -1  0  1
//
// The form is bilinear, so gradients are the same matrices transposed: the input's gradient is a convolution, the
// kernel's is G^T [ (B^T d B) * (A dY A^T) ] G.
#pragma once

#include <type_traits>  // names of types only, no code

#include "vector.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr float power_of_two(int exponent) noexcept {
  return exponent < 0 ? 1.0f / static_cast<float>(1 << -exponent) : static_cast<float>(1 << exponent);
}

constexpr float kHalf = -4.0f / 15;  // 1 / product of (p - q), by |p|, at the points 1/2 and -1/2
constexpr float kDouble = 1.0f / 15;  // and at 2 and -2

// An axis that the kernel does not extend over: nothing to do.
struct Unchanged {
  static constexpr int kIn = 1, kOut = 1;
  static void apply(const Vector (&in)[1], Vector (&out)[1]) noexcept { out[0] = in[0]; }
};

// The transforms of n = `POINTS` inputs along an axis.

// B^T d
template <int POINTS>
struct DataTransform;

template <>
struct DataTransform<6> {
  static constexpr int kIn = 6, kOut = 6;
  static void apply(const Vector (&d)[kIn], Vector (&v)[kOut]) noexcept {
    const Vector even = d[4] - 4.0f * d[2], odd = d[3] - 4.0f * d[1];
    const Vector even2 = d[4] - 0.25f * d[2], odd2 = d[3] - 0.25f * d[1];
    v[0] = d[0] + (d[4] - 4.25f * d[2]);
    v[1] = even + 0.5f * odd;
    v[2] = even - 0.5f * odd;
    v[3] = even2 + 2.0f * odd2;
    v[4] = even2 - 2.0f * odd2;
    v[5] = d[1] + (d[5] - 4.25f * d[3]);
  }
};

template <>
struct DataTransform<4> {
  static constexpr int kIn = 4, kOut = 4;
  static void apply(const Vector (&d)[kIn], Vector (&v)[kOut]) noexcept {
    v[0] = d[2] - d[0];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  }
};

// B v, the gradient of B^T d
template <int POINTS>
struct DataGradient;

template <>
struct DataGradient<6> {
  static constexpr int kIn = 6, kOut = 6;
  static void apply(const Vector (&v)[kIn], Vector (&d)[kOut]) noexcept {
    const Vector sum = v[1] + v[2], difference = v[1] - v[2], sum2 = v[3] + v[4], difference2 = v[3] - v[4];
    d[0] = v[0];
    d[1] = (v[5] - 2.0f * difference) - 0.5f * difference2;
    d[2] = -4.25f * v[0] - (4.0f * sum + 0.25f * sum2);
    d[3] = (0.5f * difference + 2.0f * difference2) - 4.25f * v[5];
    d[4] = v[0] + (sum + sum2);
    d[5] = v[5];
  }
};

// G g
template <int POINTS, int TAPS>
struct KernelTransform;

template <int TAPS>
struct KernelTransform<6, TAPS> {
  static constexpr int kIn = TAPS, kOut = 6;
  static void apply(const Vector (&g)[kIn], Vector (&u)[kOut]) noexcept {
    Vector sum[2] = {}, sum2[2] = {};  // of even and odd powers, at 1/2 and at 2
#pragma GCC unroll 5
    for (int k = 0; k < TAPS; ++k) {
      sum[k % 2] += power_of_two(-k) * g[k];
      sum2[k % 2] += power_of_two(k) * g[k];
    }
    u[0] = g[0];
    u[1] = (sum[0] + sum[1]) * kHalf;
    u[2] = (sum[0] - sum[1]) * kHalf;
    u[3] = (sum2[0] + sum2[1]) * kDouble;
    u[4] = (sum2[0] - sum2[1]) * kDouble;
    u[5] = g[TAPS - 1];
  }
};

template <>
struct KernelTransform<4, 3> {
  static constexpr int kIn = 3, kOut = 4;
  static void apply(const Vector (&g)[kIn], Vector (&u)[kOut]) noexcept {
    const Vector sum = g[0] + g[2];
    u[0] = -g[0];
    u[1] = (sum + g[1]) * (1.0f / 2);
    u[2] = (sum - g[1]) * (1.0f / 2);
    u[3] = g[2];
  }
};

// G^T s
template <int POINTS, int TAPS>
struct KernelGradient;

template <int TAPS>
struct KernelGradient<6, TAPS> {
  static constexpr int kIn = 6, kOut = TAPS;
  static void apply(const Vector (&s)[kIn], Vector (&g)[kOut]) noexcept {
    const Vector sum[2] = {(s[1] + s[2]) * kHalf, (s[1] - s[2]) * kHalf};
    const Vector sum2[2] = {(s[3] + s[4]) * kDouble, (s[3] - s[4]) * kDouble};
#pragma GCC unroll 5
    for (int k = 0; k < TAPS; ++k) g[k] = power_of_two(-k) * sum[k % 2] + power_of_two(k) * sum2[k % 2];
    g[0] += s[0];
    g[TAPS - 1] += s[5];
  }
};

// A^T m
template <int POINTS, int OUTPUTS>
struct OutputTransform;

template <int OUTPUTS>
struct OutputTransform<6, OUTPUTS> {
  static constexpr int kIn = 6, kOut = OUTPUTS;
  static void apply(const Vector (&m)[kIn], Vector (&y)[kOut]) noexcept {
    const Vector sum[2] = {m[1] + m[2], m[1] - m[2]}, sum2[2] = {m[3] + m[4], m[3] - m[4]};
#pragma GCC unroll 4
    for (int k = 0; k < OUTPUTS; ++k) y[k] = power_of_two(1 - k) * sum[k % 2] + power_of_two(k - 1) * sum2[k % 2];
    y[0] += m[0];
    y[OUTPUTS - 1] += m[5];
  }
};

template <>
struct OutputTransform<4, 2> {
  static constexpr int kIn = 4, kOut = 2;
  static void apply(const Vector (&m)[kIn], Vector (&y)[kOut]) noexcept {
    y[0] = m[0] + (m[1] + m[2]);
    y[1] = (m[1] - m[2]) + m[3];
  }
};

// A y
template <int POINTS, int OUTPUTS>
struct OutputGradient;

template <int OUTPUTS>
struct OutputGradient<6, OUTPUTS> {
  static constexpr int kIn = OUTPUTS, kOut = 6;
  static void apply(const Vector (&y)[kIn], Vector (&z)[kOut]) noexcept {
    Vector sum[2] = {}, sum2[2] = {};
#pragma GCC unroll 4
    for (int k = 0; k < OUTPUTS; ++k) {
      sum[k % 2] += power_of_two(1 - k) * y[k];
      sum2[k % 2] += power_of_two(k - 1) * y[k];
    }
    z[0] = y[0];
    z[1] = sum[0] + sum[1];
    z[2] = sum[0] - sum[1];
    z[3] = sum2[0] + sum2[1];
    z[4] = sum2[0] - sum2[1];
    z[5] = y[OUTPUTS - 1];
  }
};

// store(i, j, .) of the tile's transform by `Rows` along i and by `Columns` along j; load(i, j) gives the tile.
template <class Rows, class Columns, class Load, class Store>
inline __attribute__((always_inline)) void transform_tile(const Load& load_at, const Store& store_at) noexcept {
  Vector half[Rows::kOut][Columns::kIn];
#pragma GCC unroll 6
  for (int j = 0; j < Columns::kIn; ++j) {
    Vector in[Rows::kIn], out[Rows::kOut];
#pragma GCC unroll 6
    for (int i = 0; i < Rows::kIn; ++i) in[i] = load_at(i, j);
    Rows::apply(in, out);
#pragma GCC unroll 6
    for (int i = 0; i < Rows::kOut; ++i) half[i][j] = out[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < Rows::kOut; ++i) {
    Vector out[Columns::kOut];
    Columns::apply(half[i], out);
#pragma GCC unroll 6
    for (int j = 0; j < Columns::kOut; ++j) store_at(i, j, out[j]);
  }
}

// F(m, r) along both axes of an image, or along the last one only. Gradients are there for n = 6.
template <int OUTPUTS, int TAPS, bool IS_PLANE>
struct Form {
  static constexpr int kTile = OUTPUTS + TAPS - 1;  // n
  static constexpr int kRows = IS_PLANE ? kTile : 1, kColumns = kTile, kFrequencies = kRows * kColumns;
  static constexpr int kOutRows = IS_PLANE ? OUTPUTS : 1, kOutColumns = OUTPUTS;
  static constexpr int kTapRows = IS_PLANE ? TAPS : 1, kTapColumns = TAPS;

  template <class Transform>
  using AlongRows = std::conditional_t<IS_PLANE, Transform, Unchanged>;

  template <class Transform, class Load, class Store>
  static inline __attribute__((always_inline)) void apply(const Load& load_at, const Store& store_at) noexcept {
    transform_tile<AlongRows<Transform>, Transform>(load_at, store_at);
  }
  using Data = DataTransform<kTile>;
  using GradientOfData = DataGradient<kTile>;
  using Kernel = KernelTransform<kTile, TAPS>;
  using Output = OutputTransform<kTile, OUTPUTS>;
  using GradientOfOutput = OutputGradient<kTile, OUTPUTS>;
  using GradientOfKernel = KernelGradient<kTile, TAPS>;
};

}  // namespace
}  // namespace pellucid::PELLUCID_ISA
