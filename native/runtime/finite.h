// finite.h: whether numbers are numbers.
#pragma once

#include <cstdint>

namespace pellucid {

// None is NaN or infinite.
bool all_finite(const float* numbers, std::int64_t count) noexcept;

}  // namespace pellucid
