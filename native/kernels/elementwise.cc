// elementwise.cc: evaluates a chain of elementwise functions block by block (the problem: elementwise.h).
//
// Each step runs over a block that is small enough for all values to stay in L1 (elementwise_blocks.h), so memory sees
// every input and output once. Inputs that lie in order are read in place and outputs are written in place; scalars and
// constants are one vector that is read again and again; numbers per channel are read where they lie, or gathered once
// for an item; other inputs are gathered into a block first. An output may be the very buffer of an in-order input.
//
// Sums add up in registers' reach too: each item folds its blocks into one row of channels, and the rows of all items
// are added in their order at the end.
#include "elementwise_blocks.h"
#include "elementwise_steps.h"
#include "kernels.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr int kMaxRegisters = kMaxElementwiseInputs + kMaxElementwiseConstants + kMaxElementwiseSteps;

// What is the same for all items.
struct Plan {
  const ElementwiseProblem& problem;
  const float* const* inputs;
  float* const* outputs;
  Blocks blocks;
  float* destination[kMaxElementwiseSteps];  // the output that step i writes in place, or null
  bool is_copied[kMaxElementwiseOutputs];    // outputs that are not written in place
  int streams;                               // arrays that are read or written from end to end
  const float* stream[kMaxElementwiseInputs + kMaxElementwiseOutputs];
};

// The memory of one worker while it evaluates an item.
struct Scratch {
  alignas(64) float blocks[kElementwiseScratchFloats];                                // by slot
  alignas(64) float splats[kMaxElementwiseInputs + kMaxElementwiseConstants][kLanes];  // by register
  alignas(64) float sums[kMaxElementwiseSums][kMaxElementwiseSumColumns];
  Values values[kMaxRegisters];
};

bool is_in_order(const ElementwiseInput& input) noexcept { return input.rank == 1 && input.strides[0] == 1; }
bool is_scalar(const ElementwiseInput& input) noexcept { return input.rank == 1 && input.strides[0] == 0; }

// ---- the plan ----

// Would writing `output` during step `writer` destroy elements of an input that a later step or a sum reads?
bool is_read_later(const Plan& plan, const float* output, int writer) noexcept {
  const ElementwiseProblem& problem = plan.problem;
  for (int i = 0; i < problem.sums; ++i) {
    const std::int32_t summed = problem.sum_register[i];
    if (summed < problem.inputs && plan.inputs[summed] == output) return true;
  }
  for (int i = writer + 1; i < problem.steps; ++i) {
    const ElementwiseStep& step = problem.step[i];
    for (int k = 0; k < operands_of(step.function); ++k) {
      const std::int32_t operand = step.operands[k];
      if (operand < problem.inputs && plan.inputs[operand] == output) return true;
    }
  }
  return false;
}

void make_plan(Plan& plan) noexcept {
  const ElementwiseProblem& problem = plan.problem;
  for (int i = 0; i < problem.outputs; ++i) {
    const int step = problem.output_register[i] - problem.inputs - problem.constants;
    plan.is_copied[i] =
        step < 0 || plan.destination[step] != nullptr || is_read_later(plan, plan.outputs[i], step);
    if (!plan.is_copied[i]) plan.destination[step] = plan.outputs[i];
  }
  for (int i = 0; i < problem.inputs; ++i) {
    if (is_in_order(problem.input[i])) plan.stream[plan.streams++] = plan.inputs[i];
  }
  for (int i = 0; i < problem.outputs; ++i) plan.stream[plan.streams++] = plan.outputs[i];
}

// ---- inputs ----

void fill_run(const float* from, std::int64_t stride, std::int64_t count, float* to) noexcept {
  if (stride == 1) {
    std::memcpy(to, from, sizeof(float) * static_cast<std::size_t>(count));
  } else if (stride == 0) {
    const float value = *from;
    for (std::int64_t i = 0; i < count; ++i) to[i] = value;
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = from[i * stride];
  }
}

// Elements [begin, begin + count) of an input in the order of the output, run by run of its last axis.
void gather(const ElementwiseInput& input, const float* from, std::int64_t begin, std::int64_t count,
            float* to) noexcept {
  const int last = input.rank - 1;
  std::int64_t index[kMaxRank];
  for (int axis = last; axis >= 0; --axis) {
    index[axis] = begin % input.dims[axis];
    begin /= input.dims[axis];
    from += index[axis] * input.strides[axis];
  }
  while (true) {
    const std::int64_t left = input.dims[last] - index[last];
    const std::int64_t run = count < left ? count : left;
    fill_run(from, input.strides[last], run, to);
    to += run;
    count -= run;
    if (count == 0) return;
    from -= index[last] * input.strides[last];
    index[last] = 0;
    for (int axis = last - 1; axis >= 0; --axis) {  // the odometer's carry
      from += input.strides[axis];
      if (++index[axis] < input.dims[axis]) break;
      from -= index[axis] * input.strides[axis];
      index[axis] = 0;
    }
  }
}

// A number per channel, of a part of whose channels a block consists: it is read where it lies.
bool is_read_in_parts(const Plan& plan, const ElementwiseInput& input) noexcept {
  return plan.blocks.are_parts && is_per_channel(input) && input.dims[1] == plan.blocks.row;
}

// A bias whose length divides the block looks the same in every block.
bool repeats_every_block(const Plan& plan, const ElementwiseInput& input) noexcept {
  return !plan.blocks.are_parts && input.rank == 2 && input.strides[0] == 0 && plan.blocks.block % input.dims[1] == 0;
}

void splat(Scratch& scratch, int reg, float value) noexcept {
  store(scratch.splats[reg], broadcast(value));
  scratch.values[reg] = {scratch.splats[reg], 0};
}

// Everything that stays the same from block to block of the item that starts at `begin`.
void load_repeating_values(const Plan& plan, Scratch& scratch, std::int64_t begin) noexcept {
  const ElementwiseProblem& problem = plan.problem;
  for (int i = 0; i < problem.inputs; ++i) {
    const ElementwiseInput& input = problem.input[i];
    if (is_scalar(input)) {
      splat(scratch, i, *plan.inputs[i]);
    } else if (!is_in_order(input)) {
      float* slot = scratch.blocks + input.slot * plan.blocks.block;
      scratch.values[i] = {slot, kLanes};
      if (repeats_every_block(plan, input)) gather(input, plan.inputs[i], begin, plan.blocks.block, slot);
    }
  }
  for (int i = 0; i < problem.constants; ++i) splat(scratch, problem.inputs + i, problem.constant[i]);
}

// The elements [begin, begin + count). An `is_edge` block is shorter than a vector and must not be read in place.
void load_block(const Plan& plan, Scratch& scratch, std::int64_t begin, std::int64_t count, bool is_edge) noexcept {
  for (int i = 0; i < plan.problem.inputs; ++i) {
    const ElementwiseInput& input = plan.problem.input[i];
    if (is_in_order(input) && is_edge) {
      store(scratch.splats[i], load_part(plan.inputs[i] + begin, static_cast<int>(count)));
      scratch.values[i] = {scratch.splats[i], kLanes};
    } else if (is_in_order(input)) {
      scratch.values[i] = {plan.inputs[i] + begin, kLanes};
    } else if (is_read_in_parts(plan, input)) {
      scratch.values[i] = {plan.inputs[i] + begin % plan.blocks.row, kLanes};
    } else if (repeats_every_block(plan, input)) {
      if (is_edge) scratch.values[i].from += begin % plan.blocks.item % plan.blocks.block;
    } else if (!is_scalar(input)) {
      gather(input, plan.inputs[i], begin, count, scratch.blocks + input.slot * plan.blocks.block);
    }
  }
}

// ---- steps ----

void run_steps(const Plan& plan, Scratch& scratch, std::int64_t begin, std::int64_t count, bool is_edge) noexcept {
  const ElementwiseProblem& problem = plan.problem;
  Values* values = scratch.values;
  const int first_register = problem.inputs + problem.constants;
  for (int i = 0; i < problem.steps; ++i) {
    const ElementwiseStep& step = problem.step[i];
    const bool is_in_place = plan.destination[i] != nullptr && !is_edge;
    float* to = is_in_place ? plan.destination[i] + begin : scratch.blocks + step.slot * plan.blocks.block;
    const Target target{to, i < plan.streams ? plan.stream[i] + begin + count : to};
    apply(step.function, count, values[step.operands[0]], values[step.operands[1]], values[step.operands[2]],
          values[step.operands[3]], target);
    values[first_register + i] = {to, kLanes};
  }
}

void copy_outputs(const Plan& plan, const Scratch& scratch, std::int64_t begin, std::int64_t count,
                  bool is_edge) noexcept {
  for (int i = 0; i < plan.problem.outputs; ++i) {
    if (!plan.is_copied[i] && !is_edge) continue;
    const Values values = scratch.values[plan.problem.output_register[i]];
    fill_run(values.from, values.advance == 0 ? 0 : 1, count, plan.outputs[i] + begin);
  }
}

// ---- sums ----

// The block starts `begin` elements after the item, a multiple of kLanes.
void add_to_sums(const Plan& plan, Scratch& scratch, std::int64_t begin, std::int64_t count) noexcept {
  const std::int64_t width = plan.blocks.sum_width;
  for (int i = 0; i < plan.problem.sums; ++i) {
    const float* const from = scratch.values[plan.problem.sum_register[i]].from;
    float* const sums = scratch.sums[i];
    std::int64_t at = 0, to = begin % width;
    for (; at + kLanes <= count; at += kLanes) {
      store(sums + to, load(sums + to) + load(from + at));
      to = to + kLanes == width ? 0 : to + kLanes;
    }
    for (; at < count; ++at, ++to) sums[to] += from[at];
  }
}

// Adds rows of `columns` numbers to the first one: halves as long as there are halves, then one by one.
void fold(float* sums, std::int64_t rows, std::int64_t columns) noexcept {
  for (; rows % 2 == 0; rows /= 2) {
    const std::int64_t half = rows / 2 * columns;
    for (std::int64_t c = 0; c < half; ++c) sums[c] += sums[half + c];
  }
  for (std::int64_t row = 1; row < rows; ++row) {
    for (std::int64_t c = 0; c < columns; ++c) sums[c] += sums[row * columns + c];
  }
}

// rows[i][item] = the item's sums, one per channel.
void store_sums(const Plan& plan, Scratch& scratch, std::int64_t item, std::int64_t items, float* rows) noexcept {
  const std::int64_t columns = plan.problem.columns;
  for (int i = 0; i < plan.problem.sums; ++i) {
    fold(scratch.sums[i], plan.blocks.sum_width / columns, columns);
    std::memcpy(rows + (i * items + item) * columns, scratch.sums[i], sizeof(float) * static_cast<std::size_t>(columns));
  }
}

void add_rows(const float* rows, std::int64_t count, std::int64_t columns, float* to) noexcept {
  std::memcpy(to, rows, sizeof(float) * static_cast<std::size_t>(columns));
  for (std::int64_t row = 1; row < count; ++row) {
    for (std::int64_t c = 0; c < columns; ++c) to[c] += rows[row * columns + c];
  }
}

// ---- items ----

std::int64_t item_count(const ElementwiseProblem& problem, const Blocks& blocks) noexcept {
  return (problem.count + blocks.item - 1) / blocks.item;
}

void run_block(const Plan& plan, Scratch& scratch, std::int64_t begin, std::int64_t count, bool is_edge) noexcept {
  load_block(plan, scratch, begin, count, is_edge);
  run_steps(plan, scratch, begin, count, is_edge);
  if (plan.problem.sums > 0) add_to_sums(plan, scratch, begin % plan.blocks.item, count);
  copy_outputs(plan, scratch, begin, count, is_edge);
}

void run_item(const Plan& plan, Scratch& scratch, std::int64_t begin, std::int64_t end) noexcept {
  const std::size_t sum_bytes = sizeof(float) * static_cast<std::size_t>(plan.blocks.sum_width);
  for (int i = 0; i < plan.problem.sums; ++i) std::memset(scratch.sums[i], 0, sum_bytes);
  load_repeating_values(plan, scratch, begin);
  const std::int64_t edge = end - (end - begin) % kLanes;
  for (std::int64_t at = begin; at < edge;) {
    const std::int64_t count = plan.blocks.count(at, edge);
    run_block(plan, scratch, at, count, false);
    at += count;
  }
  if (edge < end) run_block(plan, scratch, edge, end - edge, true);
}

}  // namespace

void elementwise(const ElementwiseProblem& problem, const float* const* inputs, float* const* outputs,
                 float* workspace, ThreadPool& pool) noexcept {
  Plan plan{.problem = problem, .inputs = inputs, .outputs = outputs, .blocks = cut_into_blocks(problem),
            .destination = {}, .is_copied = {}, .streams = 0, .stream = {}};
  make_plan(plan);
  const std::int64_t items = item_count(problem, plan.blocks);
  parallel_for(pool, items, [&](std::int64_t item, int) noexcept {
    Scratch scratch;
    const std::int64_t begin = item * plan.blocks.item, end = begin + plan.blocks.item;
    run_item(plan, scratch, begin, end < problem.count ? end : problem.count);
    store_sums(plan, scratch, item, items, workspace);
  });
  for (int i = 0; i < problem.sums; ++i) {
    add_rows(workspace + i * items * problem.columns, items, problem.columns, outputs[problem.outputs + i]);
  }
}

std::int64_t elementwise_workspace(const ElementwiseProblem& problem, int) noexcept {
  return problem.sums == 0 ? 0 : problem.sums * item_count(problem, cut_into_blocks(problem)) * problem.columns;
}

}  // namespace pellucid::PELLUCID_ISA
