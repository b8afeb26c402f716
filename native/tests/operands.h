// operands.h: arrays that show stray accesses, and random numbers to fill them with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace {

using std::int64_t;

std::mt19937_64 generator;
int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(generator); }
int64_t pick(const std::vector<int64_t>& values) { return values[between(0, static_cast<int64_t>(values.size()) - 1)]; }
float small_integer() { return static_cast<float>(between(-4, 4)); }
float real() { return std::uniform_real_distribution<float>(-1, 1)(generator); }

// An array of NaN with NaN before and behind it. The address sanitizer sees its exact end instead of the latter.
class Array {
#if defined(__SANITIZE_ADDRESS__)
  static constexpr int64_t kBefore = 16, kBehind = 0;
#else
  static constexpr int64_t kBefore = 16, kBehind = 32;
#endif

 public:
  explicit Array(int64_t count) : count_(count) {
    void* memory = nullptr;
    if (posix_memalign(&memory, 64, 4 * (kBefore + count + kBehind)) != 0) std::abort();
    data_ = static_cast<float*>(memory);
    std::fill(data_, data_ + kBefore + count + kBehind, std::numeric_limits<float>::quiet_NaN());
  }
  ~Array() { std::free(data_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  float* get() { return data_ + kBefore; }
  int64_t count() const { return count_; }
  void fill(float (*next)()) { std::generate(get(), get() + count_, next); }
  bool margins_untouched() const {
    const auto nan = [](float value) { return std::isnan(value); };
    return std::all_of(data_, data_ + kBefore, nan) &&
           std::all_of(data_ + kBefore + count_, data_ + kBefore + count_ + kBehind, nan);
  }
  bool equals(Array& other) { return std::memcmp(get(), other.get(), 4 * count_) == 0; }

 private:
  int64_t count_;
  float* data_;
};

}  // namespace
