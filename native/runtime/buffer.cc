#include "buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <string>

namespace pellucid {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(std::int64_t floats)
      : sentence_("cannot allocate " + std::to_string(floats) + " floats (" +
                  std::to_string(static_cast<double>(floats) * sizeof(float) / 1e9) +
                  " GB); use a smaller batch or a smaller model") {}
  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  std::string sentence_;
};

// Huge pages make the first touch eight times cheaper and save misses of the address cache.
void* allocate(std::size_t bytes) {
  const bool is_large = bytes >= kHugePage;
  const std::size_t alignment = is_large ? kHugePage : kCacheLine;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* data = std::aligned_alloc(alignment, rounded);
#if defined(MADV_HUGEPAGE)
  if (data != nullptr && is_large) madvise(data, rounded, MADV_HUGEPAGE);  // a wish: failure costs only speed
#endif
  return data;
}

// Whether memory begins as NaN, so that whoever reads what was never written shows it. For tests.
bool is_poisoned() {
  static const bool poisoned = [] {
    const char* const wish = std::getenv("PELLUCID_POISON");
    return wish != nullptr && *wish != '\0' && std::strcmp(wish, "0") != 0;
  }();
  return poisoned;
}

}  // namespace

Buffer::Buffer(std::int64_t floats) : floats_(floats) {
  constexpr std::int64_t kMost = INT64_MAX / 16;
  if (floats == 0) return;
  const std::size_t bytes = static_cast<std::size_t>(floats) * sizeof(float);
  data_.reset(floats < kMost ? static_cast<float*>(allocate(bytes)) : nullptr);
  if (!data_) throw OutOfMemory(floats);
  if (is_poisoned()) {
    std::fill_n(data_.get(), floats, std::numeric_limits<float>::quiet_NaN());
  } else {
    std::memset(data_.get(), 0, bytes);
  }
}

void Buffer::Free::operator()(float* data) const noexcept { std::free(data); }

}  // namespace pellucid
