// problems.h: what a kernel is asked to compute, as plain numbers.
//
// Python resolves every word ("same", "valid") into these numbers and has checked them (no overflow, no window
// larger than its padded input); no geometry is decided here. Layouts: activations (N, D, H, W, C), weights
// (KD, KH, KW, IC / groups, OC), float32, contiguous. 1-D and 2-D problems have leading spatial axes of size 1.
// Letters: N batch; ID/IH/IW input, OD/OH/OW output, KD/KH/KW kernel sizes; IC, OC channels; lower case: an index.
#pragma once

#include <cstdint>

namespace pellucid {

inline constexpr int kSpatial = 3;

// How windows lie on an axis: tap k of window o reads input o * stride + k * dilation - pad; outside is padding.
struct WindowGeometry {
  std::int64_t input[kSpatial];
  std::int64_t output[kSpatial];
  std::int64_t kernel[kSpatial];
  std::int64_t stride[kSpatial];
  std::int64_t dilation[kSpatial];
  std::int64_t pad[kSpatial];  // elements of padding before the axis
};

struct ConvProblem {
  std::int64_t batch;
  std::int64_t in_channels;   // all groups together
  std::int64_t out_channels;  // all groups together
  std::int64_t groups;        // divides both
  WindowGeometry window;
  bool exact;                 // direct sums only: whole numbers stay whole; otherwise Winograd's method may be used
  bool bfloat16 = false;      // where it is faster, multiply operands rounded to bfloat16; sums are float32. Not exact
  bool packed = false;        // the weights come as conv_pack leaves them (kernel_table.h); forward only
};

// What results are kept within: {0, inf} is ReLU, {0, 6} ReLU6, {-inf, inf} nothing. NaN stays.
struct Bounds {
  float low, high;
};
inline constexpr Bounds kUnbounded = {-__builtin_inff(), __builtin_inff()};

// What a convolution multiplies by, adds, one number per filter, and keeps its results within.
struct Filters {
  const float* weights;
  const float* bias;
  Bounds bounds;
};

// What is computed of a convolution: its outputs, the gradient of its input, or that of its weights.
enum class Pass { kForward, kInput, kWeights };

struct PoolProblem {
  std::int64_t batch;
  std::int64_t channels;
  WindowGeometry window;
};

// C (M x N) = op(A) (M x K) * op(B) (K x N), `batch` times, one after the other in memory; op transposes where the
// flag is set. All row-major, contiguous.
struct MatmulProblem {
  std::int64_t batch;
  std::int64_t m, n, k;
  bool transpose_a, transpose_b;
  bool bfloat16 = false;  // as ConvProblem's
  bool backward = false;  // b is read from its end, where the kernel may choose; the result is the same (matvec.cc)

  bool is_one_row() const noexcept { return batch == 1 && m == 1 && !transpose_b; }
};

}  // namespace pellucid
