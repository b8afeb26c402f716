#include "isa.h"

#include <cstdlib>
#include <stdexcept>

namespace pellucid {

#if defined(__x86_64__)
namespace avx512 { extern const Kernels kKernels; }
namespace avx2 { extern const Kernels kKernels; }
namespace sse2 { extern const Kernels kKernels; }

namespace {
std::vector<const Kernels*> detect() {
  __builtin_cpu_init();
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512cd");
  std::vector<const Kernels*> tables;
  if (has_avx512) tables.push_back(&avx512::kKernels);
  if (has_avx2) tables.push_back(&avx2::kKernels);
  tables.push_back(&sse2::kKernels);  // part of x86-64
  return tables;
}

bool machine_multiplies_bfloat16() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16");
}
}  // namespace
#elif defined(__aarch64__)
namespace neon { extern const Kernels kKernels; }

namespace {
std::vector<const Kernels*> detect() { return {&neon::kKernels}; }
bool machine_multiplies_bfloat16() { return false; }
}  // namespace
#else
#error "Pellucid runs on x86-64 and on 64-bit ARM"
#endif

const std::vector<const Kernels*>& available_kernels() {
  static const std::vector<const Kernels*> tables = detect();
  return tables;
}

const Kernels& kernels_of(const std::string& isa) {
  std::string choices;
  for (const Kernels* table : available_kernels()) {
    if (isa == table->isa) return *table;
    choices += (choices.empty() ? "" : ", ") + std::string(table->isa);
  }
  throw std::invalid_argument("instruction set level '" + isa + "' is not available on this machine; choose one of: " +
                              choices);
}

bool multiplies_bfloat16(const Kernels& kernels) { return kernels.bfloat16 && machine_multiplies_bfloat16(); }

const Kernels& default_kernels() {
  const char* wanted = std::getenv("PELLUCID_ISA");
  if (wanted == nullptr || *wanted == '\0') return *available_kernels().front();
  try {
    return kernels_of(wanted);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("environment variable PELLUCID_ISA: " + std::string(error.what()));
  }
}

}  // namespace pellucid
