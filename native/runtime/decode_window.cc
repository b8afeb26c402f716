#include "decode_window.h"

namespace pellucid {

WindowGeometry take_window(Decoder& decoder) {
  WindowGeometry window;
  for (std::int64_t& size : window.input) size = decoder.take_size("an input size");
  for (std::int64_t& size : window.output) size = decoder.take_size("an output size");
  for (std::int64_t& size : window.kernel) size = decoder.take_size("a kernel size");
  for (std::int64_t& stride : window.stride) stride = decoder.take_size("a stride");
  for (std::int64_t& dilation : window.dilation) dilation = decoder.take_size("a dilation rate");
  for (std::int64_t& pad : window.pad) pad = decoder.take_offset("a padding");
  for (int axis = 0; axis < kSpatial; ++axis) {  // the positions o * stride + k * dilation must fit
    const std::int64_t steps[2] = {window.stride[axis], window.dilation[axis]};
    const std::int64_t dims[2] = {window.output[axis], window.kernel[axis]};
    decoder.span("the window", dims, steps, 2);
  }
  return window;
}

}  // namespace pellucid
