#include "program.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "decoder.h"
#include "denormals.h"
#include "engine.h"
#include "isa.h"

namespace pellucid {
namespace {

std::string describe(std::size_t index, const std::string& name) {
  return "instruction " + std::to_string(index) + " (" + name + "): ";
}

bool overlap(const Operand& a, const Operand& b) {
  return a.place.base == b.place.base && a.place.offset < b.place.offset + b.extent &&
         b.place.offset < a.place.offset + a.extent;
}

}  // namespace

Program::Program(const std::vector<Description>& descriptions, std::int64_t fixed, std::int64_t arena_floats,
                 const Kernels& kernels)
    : kernels_(kernels), fixed_(static_cast<std::size_t>(fixed)) {
  if (fixed < 0 || fixed_ > descriptions.size()) {
    throw std::invalid_argument("fixed must be between 0 and the number of instructions, " +
                                std::to_string(descriptions.size()) + ", got " + std::to_string(fixed));
  }
  if (arena_floats < 0) {
    throw std::invalid_argument("arena_floats must be at least 0, got " + std::to_string(arena_floats));
  }
  externals_.resize(1);  // entry 0 stands for the arena while bounds are noted
  for (std::size_t i = 0; i < descriptions.size(); ++i) {
    instructions_.push_back(decode(descriptions[i], i));
    names_.push_back(descriptions[i].op);
    if (instructions_[i]->wants_bfloat16() && !multiplies_bfloat16(kernels)) {
      throw std::invalid_argument(describe(i, names_[i]) + "level " + kernels.isa +
                                  " of this machine has no instruction for bfloat16");
    }
    for (const Operand& input : instructions_[i]->inputs) note_bounds(input, false);
    for (const Operand& output : instructions_[i]->outputs) {
      note_bounds(output, true);
      if (i < fixed_ && output.place.base != 0) {
        throw std::invalid_argument(describe(i, names_[i]) + "a fixed instruction must write to the arena");
      }
    }
    if (externals_[0].floats > arena_floats) {
      throw std::invalid_argument(describe(i, names_[i]) + "reaches float " +
                                  std::to_string(externals_[0].floats) + " of an arena of " +
                                  std::to_string(arena_floats));
    }
    check_overlap(i);
  }
  externals_.erase(externals_.begin());
  arena_ = Buffer(arena_floats);
  give_memory_to_keep();
}

void Program::give_memory_to_keep() {
  constexpr std::int64_t kLineFloats = 16;
  std::int64_t total = 0;
  std::vector<std::int64_t> starts;
  for (const auto& instruction : instructions_) {
    starts.push_back(total);
    total += (instruction->kept_floats(kernels_) + kLineFloats - 1) / kLineFloats * kLineFloats;
  }
  starts.push_back(total);
  kept_ = Buffer(total);
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    if (starts[i + 1] > starts[i]) instructions_[i]->kept = kept_.data() + starts[i];
  }
}

void Program::note_bounds(const Operand& operand, bool is_written) {
  const std::size_t base = static_cast<std::size_t>(operand.place.base);
  if (base >= externals_.size()) externals_.resize(base + 1);
  externals_[base].floats = std::max(externals_[base].floats, operand.place.offset + operand.extent);
  externals_[base].is_written |= is_written;
  floats_touched_ += operand.extent;
}

void Program::check_overlap(std::size_t index) const {
  const Instruction& instruction = *instructions_[index];
  const auto &inputs = instruction.inputs, &outputs = instruction.outputs;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const std::string output = describe(index, names_[index]) + "output " + std::to_string(o) + " overlaps ";
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (overlap(outputs[o], inputs[i]) && !instruction.works_in_place(o, i)) {
        throw std::invalid_argument(output + "input " + std::to_string(i));
      }
    }
    for (std::size_t other = 0; other < o; ++other) {
      if (overlap(outputs[o], outputs[other])) {
        throw std::invalid_argument(output + "output " + std::to_string(other));
      }
    }
  }
}

std::vector<InstructionFacts> Program::facts() const {
  std::vector<InstructionFacts> facts;
  for (const auto& instruction : instructions_) {
    facts.push_back({instruction->variant(kernels_), instruction->reason(kernels_), 0, 0});
    for (const Operand& input : instruction->inputs) facts.back().floats_read += input.extent;
    for (const Operand& output : instruction->outputs) facts.back().floats_written += output.extent;
  }
  return facts;
}

void Program::check_externals(const std::vector<External>& externals) const {
  if (externals.size() < externals_.size()) {
    throw std::invalid_argument("the program uses " + std::to_string(externals_.size()) +
                                " external arrays, got " + std::to_string(externals.size()));
  }
  for (std::size_t i = 0; i < externals_.size(); ++i) {
    if (externals[i].floats < externals_[i].floats) {
      throw std::invalid_argument("external array " + std::to_string(i) + " must have at least " +
                                  std::to_string(externals_[i].floats) + " elements, got " +
                                  std::to_string(externals[i].floats));
    }
  }
}

void Program::prepare_workspace(int threads) {
  if (threads == workspace_threads_) return;
  std::int64_t floats = 0;
  for (const auto& instruction : instructions_) {
    floats = std::max(floats, instruction->workspace(kernels_, threads));
  }
  if (floats > workspace_.floats()) {
    workspace_ = Buffer();  // first give back
    workspace_ = Buffer(floats);
  }
  workspace_threads_ = threads;
}

bool Program::writes(const BoundState& state) const noexcept {
  return state.external < externals_.size() && externals_[state.external].is_written;
}

std::uint64_t Program::seen(const Binding& binding) const noexcept {
  std::uint64_t sum = 0;
  for (const BoundState& state : binding.states) {
    if (!writes(state)) sum += state.lock->version();
  }
  return sum;
}

template <class Each>
void Program::run_fixed(const Run& run, const Frame& frame, Each each) {
  const std::uint64_t now = seen(run.binding);
  const std::uint64_t binding = run.binding.number;
  if (binding != 0 && binding == prepared_binding_ && now == prepared_seen_) return;
  prepared_binding_ = 0;  // until all have run: what is half overwritten belongs to no binding
  for (std::size_t i = 0; i < fixed_; ++i) each(i, frame);
  for (const auto& instruction : instructions_) instruction->prepare(frame);
  if (frame.pool.is_stopped()) return;
  prepared_binding_ = binding;
  prepared_seen_ = now;
}

// Half a step of training would be none: it is finished. And a run that is over in no time needs no asking.
bool Program::may_stop(const Binding& binding) const noexcept {
  constexpr std::int64_t kLong = 1024 * 1024;
  return floats_touched_ >= kLong && std::none_of(binding.states.begin(), binding.states.end(),
                                                  [this](const BoundState& state) { return writes(state); });
}

template <class Each>
bool Program::run_each(const Run& run, Each each) {
  check_externals(run.externals);
  std::vector<float*> bases = {arena_.data()};
  for (const External& external : run.externals) bases.push_back(external.data);
  const HeldStates held(run.binding.states);
  bool is_whole = true;
  Engine::get().with_pool([&](ThreadPool& pool) {
    prepare_workspace(pool.threads());
    pool.listen_to(may_stop(run.binding) ? run.stop : nullptr);
    const FlushDenormals flush;
    const Frame frame{kernels_, pool, bases.data(), workspace_.data(), run.seed, run.step};
    run_fixed(run, frame, each);
    for (std::size_t i = fixed_; i < instructions_.size() && !pool.is_stopped(); ++i) each(i, frame);
    is_whole = !pool.is_stopped();
    pool.listen_to(nullptr);
  });
  for (const BoundState& state : run.binding.states) {
    if (writes(state)) state.lock->count_write();
  }
  return is_whole;
}

bool Program::run(const Run& run) {
  return run_each(run, [&](std::size_t index, const Frame& frame) { instructions_[index]->run(frame); });
}

std::vector<double> Program::run_timed(const Run& run) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> seconds(instructions_.size());
  run_each(run, [&](std::size_t index, const Frame& frame) {
    const Clock::time_point start = Clock::now();
    instructions_[index]->run(frame);
    seconds[index] = std::chrono::duration<double>(Clock::now() - start).count();
  });
  return seconds;
}

}  // namespace pellucid
