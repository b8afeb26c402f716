#include "joined_steps.h"

#include <optional>

namespace pellucid {
namespace {

using enum ElementwiseFunction;

struct Pair {
  ElementwiseFunction first, second, both;
};
constexpr Pair kPairs[] = {
    {kAdd, kAdd, kAddAdd},
    {kAdd, kSubtract, kAddSubtract},
    {kAdd, kMultiply, kAddMultiply},
    {kSubtract, kAdd, kSubtractAdd},
    {kSubtract, kSubtract, kSubtractSubtract},
    {kSubtract, kMultiply, kSubtractMultiply},
    {kMultiply, kAdd, kMultiplyAdd},
    {kMultiply, kSubtract, kMultiplySubtract},
    {kMultiply, kMultiply, kMultiplyMultiply},
    {kRelu, kMinimum, kReluMinimum},
    {kGreater, kWhere, kGreaterWhere},
    {kGreaterEqual, kWhere, kGreaterEqualWhere},
};

// Whether f(a, b) = f(b, a), but for the sign of a zero.
bool is_commutative(ElementwiseFunction function) {
  return function == kAdd || function == kMultiply || function == kMinimum;
}

// Both steps as one, where `reg` is what the first writes and only the second reads.
std::optional<ElementwiseStep> join(const ElementwiseStep& first, const ElementwiseStep& second, std::int32_t reg) {
  const int place = second.operands[0] == reg ? 0 : 1;
  if (second.operands[place] != reg || (place == 1 && !is_commutative(second.function))) return {};
  for (const Pair& pair : kPairs) {
    if (pair.first != first.function || pair.second != second.function) continue;
    ElementwiseStep both{pair.both, {}, 0};
    int count = 0;
    for (int k = 0; k < operands_of(first.function); ++k) both.operands[count++] = first.operands[k];
    for (int k = 0; k < operands_of(second.function); ++k) {
      if (k != place) both.operands[count++] = second.operands[k];
    }
    return both;
  }
  return {};
}

// How often each step is wanted: as an operand, an output or a sum.
std::vector<int> count_uses(const std::vector<ElementwiseStep>& steps, std::int32_t first_step,
                            const std::vector<std::int32_t>& outputs, const std::vector<std::int32_t>& sums) {
  std::vector<int> uses(steps.size(), 0);
  const auto use = [&](std::int32_t reg) {
    if (reg >= first_step) ++uses[static_cast<std::size_t>(reg - first_step)];
  };
  for (const ElementwiseStep& step : steps) {
    for (int k = 0; k < operands_of(step.function); ++k) use(step.operands[k]);
  }
  for (const std::int32_t reg : outputs) use(reg);
  for (const std::int32_t reg : sums) use(reg);
  return uses;
}

}  // namespace

void join_steps(std::vector<ElementwiseStep>& steps, std::int32_t first_step, std::vector<std::int32_t>& outputs,
                std::vector<std::int32_t>& sums) {
  const std::vector<int> uses = count_uses(steps, first_step, outputs, sums);
  std::vector<bool> joined(steps.size(), false);  // a part of a later step
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (int k = 0; k < 2 && steps[i].function <= kWhere; ++k) {
      const std::int32_t reg = k < operands_of(steps[i].function) ? steps[i].operands[k] : 0;
      const std::size_t source = static_cast<std::size_t>(reg - first_step);
      if (reg < first_step || uses[source] != 1 || joined[source]) continue;
      if (const auto both = join(steps[source], steps[i], reg)) {
        steps[i] = *both;
        joined[source] = true;
      }
    }
  }
  std::vector<std::int32_t> number(steps.size());
  std::vector<ElementwiseStep> kept;
  const auto renumber = [&](std::int32_t& reg) {
    if (reg >= first_step) reg = number[static_cast<std::size_t>(reg - first_step)];
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (joined[i]) continue;
    for (int k = 0; k < operands_of(steps[i].function); ++k) renumber(steps[i].operands[k]);
    number[i] = first_step + static_cast<std::int32_t>(kept.size());
    kept.push_back(steps[i]);
  }
  for (std::int32_t& reg : outputs) renumber(reg);
  for (std::int32_t& reg : sums) renumber(reg);
  steps = std::move(kept);
}

}  // namespace pellucid
