// decode_window.h: the window of a convolution or a pooling, out of the numbers of an instruction.
#pragma once

#include "decoder.h"

namespace pellucid {

WindowGeometry take_window(Decoder& decoder);

}  // namespace pellucid
