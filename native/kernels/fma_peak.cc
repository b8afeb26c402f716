// fma_peak.cc: the most multiply-additions that this processor does, against which kernels are measured.
//
// Nothing but independent fused multiply-additions between registers. Twelve chains: with a latency of 4 to 5 cycles
// and two of them started in each cycle, 8 to 10 must be under way at any time.
#include "kernels.h"
#include "vector.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int kChains = 12;
constexpr std::int64_t kRoundsPerItem = 20'000;  // about 40 us

float chains(std::int64_t rounds) noexcept {
  Vector sums[kChains];
  // They start apart, and none at 1 where it would stay: the compiler would see either and leave work out.
  for (int i = 0; i < kChains; ++i) sums[i] = broadcast(2.0f + static_cast<float>(i));
  const Vector factor = broadcast(0.999f), term = broadcast(0.001f);
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) sums[i] = sums[i] * factor + term;
  }
  Vector total{};
  for (const Vector& sum : sums) total += sum;
  return total[0];
}

}  // namespace

std::int64_t multiply_add(std::int64_t items, float* output, ThreadPool& pool) noexcept {
  parallel_for(pool, items, [&](std::int64_t item, int) noexcept { output[item] = chains(kRoundsPerItem); });
  return items * kRoundsPerItem * kChains * kLanes;
}

}  // namespace pellucid::PELLUCID_ISA
