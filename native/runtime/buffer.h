// buffer.h: a block of floats that is aligned and zeroed.
//
// With PELLUCID_POISON=1 in the environment when the first one is made, all are filled with NaN instead.
#pragma once

#include <cstdint>
#include <memory>

namespace pellucid {

class Buffer {
 public:
  Buffer() = default;
  // Throws std::bad_alloc, with a sentence, if there is not that much memory.
  explicit Buffer(std::int64_t floats);

  float* data() const noexcept { return data_.get(); }
  std::int64_t floats() const noexcept { return floats_; }

 private:
  struct Free {
    Free() noexcept : base(nullptr) {}
    explicit Free(void* block) noexcept : base(block) {}
    void* base;  // where the block begins that the floats lie in
    void operator()(float* data) const noexcept;
  };
  std::unique_ptr<float, Free> data_;
  std::int64_t floats_ = 0;
};

}  // namespace pellucid
