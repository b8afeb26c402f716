#include "buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
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

// Zeros. Huge pages make the first touch eight times cheaper and save misses of the address cache. Large blocks come from
// the system as zeros, and are touched by those who use them: all cores at once, and not before there is work.
float* allocate(std::size_t bytes, void** base) {
  const std::size_t alignment = bytes >= kHugePage ? kHugePage : kCacheLine;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  *base = std::calloc(1, rounded + alignment);
  if (*base == nullptr) return nullptr;
  const auto start = (reinterpret_cast<std::uintptr_t>(*base) + alignment - 1) / alignment * alignment;
  void* const data = reinterpret_cast<void*>(start);
#if defined(MADV_HUGEPAGE)
  if (bytes >= kHugePage) madvise(data, rounded, MADV_HUGEPAGE);  // a wish: failure costs only speed
#endif
  return static_cast<float*>(data);
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
  void* base = nullptr;
  float* const data = floats < kMost ? allocate(bytes, &base) : nullptr;
  if (data == nullptr) throw OutOfMemory(floats);
  data_ = {data, Free{base}};
  if (is_poisoned()) std::fill_n(data, floats, std::numeric_limits<float>::quiet_NaN());
}

void Buffer::Free::operator()(float*) const noexcept { std::free(base); }

}  // namespace pellucid
