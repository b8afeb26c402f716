// matvec.cc: c (1 x N) = a (1 x K) * B (K x N): what a dense layer does to a single sample.
//
// Each element of B is used once, so that nothing counts but how fast B comes: it is read in one sweep, row after row.
// It comes faster the second time if it is still in the caches. A B that is larger than them never is, when each sweep
// begins where the last one began: what comes next is always what was thrown out first. So sweeps go to and fro
// (`MatmulProblem::backward`), and each finds what the one before has read last: 1x9216 * 9216x128 on two cores with
// 2 MiB of L2 each, between other work, takes 70 us instead of 100.
#include "chunks.h"
#include "kernels.h"
#include "panel.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kStripFloats = 32 * 1024;  // 128 KiB: worth waking a worker for
constexpr int64_t kStripRows = 64;           // so many rows at least: their sums are a small part of what they read
constexpr int64_t kRowsAtOnce = 4;           // a sum is read and written once for so many elements of B
constexpr int64_t kAhead = 1024;             // floats: further than the processor looks ahead by itself

int64_t strip_count(const MatmulProblem& problem) noexcept {
  const int64_t rows = larger(kStripRows, kStripFloats / problem.n);
  return ceil_div(problem.k, rows);
}

// sum[column] += a[0] * b[0][column] + ... + a[ROWS - 1] * b[ROWS - 1][column]
template <int ROWS>
inline void add_rows(const float* a, const float* b, int64_t columns, float* sum) noexcept {
  int64_t column = 0;
  for (; column + kLanes <= columns; column += kLanes) {
    Vector value = load(sum + column);
    for (int r = 0; r < ROWS; ++r) {
      const float* const from = b + r * columns + column;
      __builtin_prefetch(from + kAhead);
      value += broadcast(a[r]) * load(from);
    }
    store(sum + column, value);
  }
  const int rest = static_cast<int>(columns - column);
  if (rest == 0) return;
  Vector value = load_part(sum + column, rest);
  for (int r = 0; r < ROWS; ++r) value += broadcast(a[r]) * load_part(b + r * columns + column, rest);
  store_part(sum + column, value, rest);
}

void add_strip(const float* a, const float* b, int64_t rows, int64_t columns, float* sum) noexcept {
  for (int64_t column = 0; column < columns; ++column) sum[column] = 0;
  int64_t row = 0;
  for (; row + kRowsAtOnce <= rows; row += kRowsAtOnce) add_rows<kRowsAtOnce>(a + row, b + row * columns, columns, sum);
  for (; row < rows; ++row) add_rows<1>(a + row, b + row * columns, columns, sum);
}

}  // namespace

void matvec(const MatmulProblem& problem, const float* a, const float* b, float* c, float* workspace,
            ThreadPool& pool) noexcept {
  Workspace memory(workspace);
  const int64_t strips = strip_count(problem), N = problem.n, K = problem.k;
  float* const partials = memory.take<float>((strips - 1) * N);
  const Order order = problem.backward ? Order::kLastFirst : Order::kFirstFirst;
  parallel_for(pool, strips, order, [&](int64_t strip, int) noexcept {
    const int64_t begin = share(K, strip, strips), end = share(K, strip + 1, strips);
    add_strip(a + begin, b + begin * N, end - begin, N, chunk_sum(c, partials, strip, N));
  });
  combine_chunks(c, partials, strips, N, pool);
}

std::int64_t matvec_workspace(const MatmulProblem& problem) noexcept {
  Workspace memory(nullptr);
  memory.take<float>((strip_count(problem) - 1) * problem.n);
  return memory.floats();
}

}  // namespace pellucid::PELLUCID_ISA
