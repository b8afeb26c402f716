// instructions_elementwise.cc: a chain of elementwise functions, prepared for the kernel (elementwise.h).
//
// ints: rank, dims[rank], n_inputs, n_outputs, n_sums, n_constants, n_steps, strides of each input [rank] (0 repeats),
// the output registers [n_outputs], the registers that are summed [n_sums], then (function, a, b, c) per step; floats:
// the constants. Operands out: the outputs, then the sums.
#include <vector>

#include "decoder.h"
#include "elementwise.h"
#include "joined_steps.h"
#include "merge_axes.h"

namespace pellucid {
namespace {

// Slots of a block: handed out, given back, handed out again.
class Slots {
 public:
  std::int32_t acquire() {
    if (free_.empty()) return count_++;
    const std::int32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void release(std::int32_t slot) { free_.push_back(slot); }
  std::int32_t count() const { return count_; }

 private:
  std::vector<std::int32_t> free_;
  std::int32_t count_ = 0;
};

class Elementwise final : public Instruction {
 public:
  explicit Elementwise(Decoder& decoder) {
    take_sizes(decoder);
    take_inputs(decoder);
    for (std::int32_t& output : output_registers_) {
      output = static_cast<std::int32_t>(decoder.take("an output register", 0, first_step_ + problem_.steps - 1));
    }
    for (std::int32_t& sum : sum_registers_) {
      sum = static_cast<std::int32_t>(decoder.take("a summed register", 0, first_step_ + problem_.steps - 1));
      const bool is_step = sum >= first_step_, is_input = sum < problem_.inputs;
      if (!is_step && !(is_input && is_in_order(inputs_[at(sum)]))) {
        decoder.fail("sums register " + std::to_string(sum) + ", which is neither a step nor an input that lies in order");
      }
    }
    take_steps(decoder);
    for (float& constant : constants_) constant = decoder.take_float("a constant");
    for (int i = 0; i < problem_.outputs; ++i) decoder.add_output(*this, problem_.count);
    for (int i = 0; i < problem_.sums; ++i) decoder.add_output(*this, problem_.columns);
    join_steps(steps_, first_step_, output_registers_, sum_registers_);
    problem_.steps = static_cast<int>(steps_.size());
    assign_slots(decoder);
    check_passed_on_inputs(decoder);
    problem_.input = inputs_.data();
    problem_.constant = constants_.data();
    problem_.step = steps_.data();
    problem_.output_register = output_registers_.data();
    problem_.sum_register = sum_registers_.data();
  }
  Elementwise(const Elementwise&) = delete;
  Elementwise& operator=(const Elementwise&) = delete;

  void run(const Frame& frame) const noexcept override {
    const float* from[kMaxElementwiseInputs];
    float* to[kMaxElementwiseOutputs + kMaxElementwiseSums];
    for (std::size_t i = 0; i < inputs.size(); ++i) from[i] = frame.at(inputs[i]);
    for (std::size_t i = 0; i < outputs.size(); ++i) to[i] = frame.at(outputs[i]);
    frame.kernels.elementwise(problem_, from, to, frame.workspace, frame.pool);
  }

  std::int64_t workspace(const Kernels& kernels, int threads) const noexcept override {
    return kernels.elementwise_workspace(problem_, threads);
  }

  std::string variant(const Kernels& kernels) const override {
    return std::to_string(problem_.steps) + " steps, " + kernels.isa;
  }

  bool works_in_place(std::size_t output, std::size_t input) const noexcept override {
    if (output >= output_registers_.size()) return false;  // sums are written last, while others are still read
    const Place &to = outputs[output].place, &from = inputs[input].place;
    return is_in_order(inputs_[input]) && to.base == from.base && to.offset == from.offset;
  }

 private:
  static bool is_in_order(const ElementwiseInput& input) { return input.rank == 1 && input.strides[0] == 1; }

  void take_sizes(Decoder& decoder) {
    rank_ = static_cast<int>(decoder.take("rank", 0, kMaxRank));
    problem_.count = 1;
    for (int axis = 0; axis < rank_; ++axis) {
      dims_[axis] = decoder.take_size("a dim");
      problem_.count = decoder.product("the output", {problem_.count, dims_[axis]});
    }
    problem_.inputs = static_cast<int>(decoder.take("the number of inputs", 0, kMaxElementwiseInputs));
    problem_.outputs = static_cast<int>(decoder.take("the number of outputs", 0, kMaxElementwiseOutputs));
    problem_.sums = static_cast<int>(decoder.take("the number of sums", 0, kMaxElementwiseSums));
    problem_.constants = static_cast<int>(decoder.take("the number of constants", 0, kMaxElementwiseConstants));
    problem_.steps = static_cast<int>(decoder.take("the number of steps", 0, kMaxElementwiseSteps));
    const std::size_t inputs_count = static_cast<std::size_t>(problem_.inputs);
    if (problem_.outputs + problem_.sums == 0) decoder.fail("needs an output or a sum");
    decoder.expect_operands(inputs_count, inputs_count, static_cast<std::size_t>(problem_.outputs + problem_.sums));
    take_columns(decoder);
    first_step_ = problem_.inputs + problem_.constants;
    if (first_step_ == 0) decoder.fail("needs an input or a constant");
    inputs_.resize(inputs_count);
    constants_.resize(static_cast<std::size_t>(problem_.constants));
    steps_.resize(static_cast<std::size_t>(problem_.steps));
    output_registers_.resize(static_cast<std::size_t>(problem_.outputs));
    sum_registers_.resize(static_cast<std::size_t>(problem_.sums));
  }

  void take_columns(const Decoder& decoder) {
    if (problem_.sums == 0) return;
    problem_.columns = rank_ > 0 ? dims_[rank_ - 1] : 1;
    if (!can_sum(problem_.columns, 1)) {
      decoder.fail("sums over rows of " + std::to_string(problem_.columns) + " columns, which no block can hold");
    }
  }

  void take_inputs(Decoder& decoder) {
    for (ElementwiseInput& input : inputs_) {
      for (int axis = 0; axis < rank_; ++axis) {
        input.dims[axis] = dims_[axis];
        input.strides[axis] = decoder.take_offset("a stride");
      }
      decoder.add_input(*this, decoder.span("an input", input.dims, input.strides, rank_));
      input.rank = merge_axes(rank_, input.dims, input.strides, 1, kMaxRank);
    }
  }

  void take_steps(Decoder& decoder) {
    for (int i = 0; i < problem_.steps; ++i) {
      ElementwiseStep& step = steps_[static_cast<std::size_t>(i)];
      step.function =
          static_cast<ElementwiseFunction>(decoder.take("a function", 0, kElementwiseFunctionCount - 1));
      const int operands = operands_of(step.function);
      for (int k = 0; k < 3; ++k) {
        const std::int64_t last_register = k < operands ? first_step_ + i - 1 : 0;
        step.operands[k] = static_cast<std::int32_t>(decoder.take("an operand register", 0, last_register));
      }
    }
  }

  // Every value that is not read straight from an array gets a slot for as long as it is needed.
  void assign_slots(const Decoder& decoder) {
    Slots slots;
    for (ElementwiseInput& input : inputs_) {
      const bool is_gathered = input.rank > 1 || input.strides[0] > 1;
      input.slot = is_gathered ? slots.acquire() : 0;
    }
    std::vector<int> last_use(steps_.size(), -1);  // by step: the step that reads it last
    for (int i = 0; i < problem_.steps; ++i) for_each_read_step(i, [&](int read) { last_use[at(read)] = i; });
    for (std::int32_t output : output_registers_) {
      if (output >= first_step_) last_use[at(output - first_step_)] = problem_.steps;  // kept to the end
    }
    for (std::int32_t sum : sum_registers_) {
      if (sum >= first_step_) last_use[at(sum - first_step_)] = problem_.steps;
    }
    for (int i = 0; i < problem_.steps; ++i) {
      for_each_read_step(i, [&](int read) {
        if (last_use[at(read)] != i) return;
        slots.release(steps_[at(read)].slot);  // before acquire: a step may overwrite what it reads
        last_use[at(read)] = -1;               // once, though it may be both operands
      });
      steps_[at(i)].slot = slots.acquire();
      if (last_use[at(i)] < 0) slots.release(steps_[at(i)].slot);  // nobody reads it
    }
    problem_.slots = slots.count() > 0 ? slots.count() : 1;
    // A block keeps to the rows of what is summed, so wide rows leave room for fewer values.
    if (problem_.slots > kMaxElementwiseSlots || (problem_.sums > 0 && !can_sum(problem_.columns, problem_.slots))) {
      decoder.fail("keeps " + std::to_string(problem_.slots) + " values alive at once; at most " +
                   std::to_string(most_slots()) + " are possible: split the chain");
    }
  }

  std::int64_t most_slots() const {
    return problem_.sums > 0 ? kElementwiseScratchFloats / smallest_row_block(problem_.columns) : kMaxElementwiseSlots;
  }

  // visit(j) for each step j whose value step i reads.
  template <class Visit>
  void for_each_read_step(int i, Visit visit) const {
    const ElementwiseStep& step = steps_[at(i)];
    for (int k = 0; k < operands_of(step.function); ++k) {
      if (step.operands[k] >= first_step_) visit(step.operands[k] - first_step_);
    }
  }

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  // An input that is itself an output must still be there when the block's outputs are copied.
  void check_passed_on_inputs(const Decoder& decoder) const {
    for (std::int32_t passed_on : output_registers_) {
      if (passed_on >= problem_.inputs) continue;
      for (std::size_t output = 0; output < outputs.size(); ++output) {
        if (works_in_place(output, at(passed_on))) {
          decoder.fail("passes on input " + std::to_string(passed_on) + ", which output " + std::to_string(output) +
                       " overwrites");
        }
      }
    }
  }

  int rank_ = 0;
  std::int64_t dims_[kMaxRank] = {};
  int first_step_ = 0;  // the register of the first step
  ElementwiseProblem problem_{};
  std::vector<ElementwiseInput> inputs_;
  std::vector<float> constants_;
  std::vector<ElementwiseStep> steps_;
  std::vector<std::int32_t> output_registers_, sum_registers_;
};

}  // namespace

std::unique_ptr<Instruction> decode_elementwise(Decoder& decoder) { return std::make_unique<Elementwise>(decoder); }

}  // namespace pellucid
