// gemm.cc: C (M x N) = op(A) (M x K) * op(B) (K x N), blocked for the caches, on the register tile of microkernel.h.
//
// Letters: M, N, K sizes; KC depth of a block. Rows of a tile read A directly, or from a packed block where A lies
// transposed; the panel is B in place where its rows are whole vectors, else packed (and transposed) block by block.
// Products with few outputs and a large K are cut along K into chunks whose partial results a fixed tree combines.
// One row is a matter of memory alone: matvec.cc. Of a batch, small products share an item; no product of a batch is cut along K. In pairs of bfloat16 (pairs.h) two
// elements along K are one. Up to three columns are sums along K by vectors ("dot").
#include "chunks.h"
#include "kernels.h"
#include "pairs.h"
#include "panel.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int64_t kDepth = 256;           // KC: a panel of 256 x 64 floats is 64 KiB, a small part of L2
constexpr int64_t kItemRows = 240;        // rows per item: a packed panel serves 40 tiles of 6, 20 of 12
constexpr int64_t kItemColumns = 256;     // columns per item: packed rows of A serve 4 panels of 64
constexpr int64_t kItems = 16;            // enough to balance some workers
constexpr int64_t kItemMultiplies = 256 * 1024;  // worth waking a worker for
constexpr int64_t kPartialFloats = 1024 * 1024;  // partial results of all chunks: 4 MiB, they should stay in L3

struct Gemm {
  MatmulProblem problem;                    // in pairs: with half of K
  Word word;
  bool dot;                                 // tiles of dot products: the panel is B by columns
  Pairing a_pairing, b_pairing;
  float *a_pairs, *b_pairs;
  const float *a, *b;
  float* c;
  int64_t chunks, row_items, column_items;  // of one product: along K, M, and the column blocks of N
  int64_t products_per_item;                // of the batch; 1 where a product has several items
  int64_t a_room, b_room;                   // floats to pack into, per worker; 0: read in place
  float *packed_a, *packed_b;
  float* partials;                          // chunks - 1 arrays like C; chunk 0 sums in C itself
};

void plan_pairs(Gemm& plan, Workspace& workspace) noexcept {
  MatmulProblem& p = plan.problem;
  plan.word = Word::kPair;
  plan.a_pairing = p.transpose_a ? Pairing{p.batch, p.k, p.m} : Pairing{p.batch * p.m, p.k, 1};
  plan.b_pairing = p.transpose_b ? Pairing{p.batch * p.n, p.k, 1} : Pairing{p.batch, p.k, p.n};
  plan.a_pairs = workspace.take<float>(plan.a_pairing.words());
  plan.b_pairs = workspace.take<float>(plan.b_pairing.words());
  p.k = plan.a_pairing.pairs();
}

Gemm plan_gemm(const MatmulProblem& asked, int threads, Workspace& workspace) noexcept {
  Gemm plan{};
  plan.problem = asked;
  if (uses_pairs(asked)) plan_pairs(plan, workspace);
  const MatmulProblem& problem = plan.problem;
  const int64_t M = problem.m, N = problem.n, K = problem.k;
  plan.dot = !problem.transpose_a && N <= kDotColumns && K % kDotSteps == 0;
  const int64_t multiplies = M * padded_columns(N) * K;
  const int64_t wanted = larger(1, smaller(ceil_div(kItems, problem.batch), multiplies / kItemMultiplies));
  plan.row_items = ceil_div(M, kItemRows);
  plan.column_items = ceil_div(column_block_count(N) * kMaxVectors * kLanes, kItemColumns);
  const int64_t room = larger(1, kPartialFloats / (M * N));
  const int64_t depth_chunks = problem.batch > 1 || plan.dot ? 1 : K / kDepth;
  plan.chunks = larger(1, smaller(smaller(wanted / (plan.row_items * plan.column_items), room), depth_chunks));
  if (plan.chunks * plan.row_items * plan.column_items < wanted) plan.column_items = column_block_count(N);
  if (plan.chunks * plan.row_items * plan.column_items < wanted) {
    plan.row_items = smaller(ceil_div(M, kMaxTileRows), ceil_div(wanted, plan.chunks * plan.column_items));
  }
  const bool is_one_item = plan.chunks * plan.row_items * plan.column_items == 1;
  plan.products_per_item = is_one_item ? larger(1, kItemMultiplies / multiplies) : 1;
  if (problem.transpose_a) plan.a_room = ceil_div(M, plan.row_items) * smaller(K, kDepth);
  if (plan.dot) {
    plan.b_room = problem.transpose_b ? 0 : N * K;
  } else if (problem.transpose_b || !whole_vectors(N)) {
    plan.b_room = smaller(padded_columns(N), kMaxVectors * kLanes) * smaller(K, kDepth);
  }
  plan.partials = workspace.take<float>((plan.chunks - 1) * M * N);
  plan.packed_a = workspace.take<float>(threads * plan.a_room);
  plan.packed_b = workspace.take<float>(threads * plan.b_room);
  return plan;
}

float* chunk_result(const Gemm& plan, int64_t chunk) noexcept {
  return chunk_sum(plan.c, plan.partials, chunk, plan.problem.m * plan.problem.n);
}

// A part of C: its rows, and a block of K.
struct Block {
  int64_t first_row, rows, first_depth, depth;
};

// Element (row, k) of the block of op(A) stands at data[row * row_step + k * depth_step].
struct RowView {
  const float* data;
  int64_t row_step, depth_step;
};

RowView view_rows(const Gemm& plan, const Block& block, float* packed) noexcept {
  const int64_t M = plan.problem.m, K = plan.problem.k;
  if (!plan.problem.transpose_a) return {plan.a + block.first_row * K + block.first_depth, K, 1};
  pack_rows(plan.a + block.first_depth * M + block.first_row, M, block.depth, block.rows, block.rows, packed);
  return {packed, 1, block.rows};
}

struct PanelView {
  const float* data;
  int64_t step;
};

PanelView view_panel(const Gemm& plan, const Block& block, const ColumnBlock& columns, float* packed) noexcept {
  const int64_t N = plan.problem.n, K = plan.problem.k;
  const int64_t width = columns.shape->width;
  if (plan.dot) {
    if (plan.problem.transpose_b) return {plan.b, K};
    for (int64_t column = 0; column < N; ++column) {
      for (int64_t k = 0; k < K; ++k) packed[column * K + k] = plan.b[k * N + column];
    }
    return {packed, K};
  }
  if (plan.problem.transpose_b) {
    pack_transposed(plan.b + columns.first * K + block.first_depth, K, block.depth, columns.columns, width, packed);
    return {packed, width};
  }
  const float* const from = plan.b + block.first_depth * N + columns.first;
  if (plan.b_room == 0) return {from, N};
  pack_rows(from, N, block.depth, columns.columns, width, packed);
  return {packed, width};
}

// One column block of C over a block: tile after tile.
void run_columns(const Gemm& plan, const Block& block, const RowView& a, const PanelView& b,
                 const ColumnBlock& columns, bool accumulate, float* c) noexcept {
  const float* source[kMaxTileRows];
  float* out[kMaxTileRows];
  const Run run{0, 0, block.depth};
  Tile tile{};
  tile.source = source;
  tile.out = out;
  tile.runs = &run;
  tile.run_count = 1;
  tile.source_step = a.depth_step;
  tile.panel = b.data;
  tile.panel_step = b.step;
  tile.columns = columns.columns;
  tile.accumulate = accumulate;
  const TileShape& shape = plan.dot ? dot_shape(columns.columns, block.depth, plan.word) : *columns.shape;
  const int64_t tiles = ceil_div(block.rows, shape.rows);
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t begin = share(block.rows, t, tiles), end = share(block.rows, t + 1, tiles);
    for (int64_t row = begin; row < end; ++row) {
      source[row - begin] = a.data + row * a.row_step;
      out[row - begin] = c + (block.first_row + row) * plan.problem.n + columns.first;
    }
    shape.run[end - begin - 1](tile);
  }
}

void run_product_item(const Gemm& plan, int64_t item, int worker) noexcept {
  const int64_t column_item = item % plan.column_items;
  item /= plan.column_items;
  const int64_t row_item = item % plan.row_items, chunk = item / plan.row_items;
  const int64_t blocks = column_block_count(plan.problem.n);
  const int64_t begin = share(plan.problem.k, chunk, plan.chunks), end = share(plan.problem.k, chunk + 1, plan.chunks);
  const int64_t steps = plan.dot ? 1 : larger(1, ceil_div(end - begin, kDepth));
  Block block;
  block.first_row = share(plan.problem.m, row_item, plan.row_items);
  block.rows = share(plan.problem.m, row_item + 1, plan.row_items) - block.first_row;
  for (int64_t step = 0; step < steps; ++step) {
    block.first_depth = begin + share(end - begin, step, steps);
    block.depth = begin + share(end - begin, step + 1, steps) - block.first_depth;
    const RowView a = view_rows(plan, block, plan.packed_a + worker * plan.a_room);
    const int64_t last = share(blocks, column_item + 1, plan.column_items);
    for (int64_t index = share(blocks, column_item, plan.column_items); index < last; ++index) {
      const ColumnBlock columns = column_block(plan.problem.n, index, plan.word);
      const PanelView b = view_panel(plan, block, columns, plan.packed_b + worker * plan.b_room);
      run_columns(plan, block, a, b, columns, step > 0, chunk_result(plan, chunk));
    }
  }
}

// The part of the batch that starts at its product number `product`.
Gemm from_product(const Gemm& plan, int64_t product) noexcept {
  const MatmulProblem& problem = plan.problem;
  Gemm rest = plan;
  rest.a += product * problem.m * problem.k;
  rest.b += product * problem.k * problem.n;
  rest.c += product * problem.m * problem.n;
  return rest;
}

void run_item(const Gemm& plan, int64_t item, int worker) noexcept {
  const int64_t items = plan.chunks * plan.row_items * plan.column_items;
  const int64_t first = item / items * plan.products_per_item;
  const int64_t end = smaller(plan.problem.batch, first + plan.products_per_item);
  for (int64_t product = first; product < end; ++product) {
    run_product_item(from_product(plan, product), item % items, worker);
  }
}

}  // namespace

void matmul(const MatmulProblem& problem, const float* a, const float* b, float* c, float* workspace,
            ThreadPool& pool) noexcept {
  if (problem.is_one_row() && !uses_pairs(problem)) return matvec(problem, a, b, c, workspace, pool);
  Workspace memory(workspace);
  Gemm plan = plan_gemm(problem, pool.threads(), memory);
  plan.a = a;
  plan.b = b;
  plan.c = c;
  if (plan.word == Word::kPair) {
    make_pairs(a, plan.a_pairing, plan.a_pairs, pool);
    make_pairs(b, plan.b_pairing, plan.b_pairs, pool);
    plan.a = plan.a_pairs;
    plan.b = plan.b_pairs;
  }
  const int64_t items = ceil_div(problem.batch, plan.products_per_item) * plan.chunks * plan.row_items *
                        plan.column_items;
  parallel_for(pool, items, [&](int64_t item, int worker) noexcept { run_item(plan, item, worker); });
  combine_chunks(c, plan.partials, plan.chunks, problem.m * problem.n, pool);
}

std::int64_t matmul_workspace(const MatmulProblem& problem, int threads) noexcept {
  if (problem.is_one_row() && !uses_pairs(problem)) return matvec_workspace(problem);
  Workspace memory(nullptr);
  plan_gemm(problem, threads, memory);
  return memory.floats();
}

}  // namespace pellucid::PELLUCID_ISA
