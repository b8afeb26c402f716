// instructions_matmul.cc: matmul; ints: batch, m, n, k, transpose_a, transpose_b, whether products are of bfloat16
// where that is faster.
#include "decoder.h"

namespace pellucid {
namespace {

class Matmul final : public Instruction {
 public:
  explicit Matmul(Decoder& decoder) {
    decoder.expect_operands(2, 2, 1);
    problem_.batch = decoder.take_size("the batch");
    problem_.m = decoder.take_size("m");
    problem_.n = decoder.take_size("n");
    problem_.k = decoder.take_size("k");
    problem_.transpose_a = decoder.take_flag("transpose_a");
    problem_.transpose_b = decoder.take_flag("transpose_b");
    problem_.bfloat16 = decoder.take_flag("bfloat16");
    decoder.add_input(*this, decoder.product("a", {problem_.batch, problem_.m, problem_.k}));
    decoder.add_input(*this, decoder.product("b", {problem_.batch, problem_.k, problem_.n}));
    decoder.add_output(*this, decoder.product("c", {problem_.batch, problem_.m, problem_.n}));
  }

  void run(const Frame& frame) const noexcept override {
    MatmulProblem problem = problem_;
    problem.backward = is_odd_run_ = !is_odd_run_;
    frame.kernels.matmul(problem, frame.at(inputs[0]), frame.at(inputs[1]), frame.at(outputs[0]), frame.workspace,
                         frame.pool);
  }

  std::int64_t workspace(const Kernels& kernels, int threads) const noexcept override {
    return kernels.matmul_workspace(problem_, threads);
  }

  bool wants_bfloat16() const noexcept override { return problem_.bfloat16; }

  std::string variant(const Kernels& kernels) const override {
    if (kernels.matmul_in_bfloat16(problem_)) return "bf16";
    return problem_.is_one_row() ? "row by row" : kernels.isa;
  }

  std::string reason(const Kernels& kernels) const override {
    if (!problem_.bfloat16) return {};
    return kernels.matmul_in_bfloat16(problem_) ? "bfloat16 is asked for" : "too small for bfloat16";
  }

 private:
  MatmulProblem problem_;
  mutable bool is_odd_run_ = false;  // runs take turns
};

}  // namespace

std::unique_ptr<Instruction> decode_matmul(Decoder& decoder) { return std::make_unique<Matmul>(decoder); }

}  // namespace pellucid
