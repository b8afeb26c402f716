// program.h: a list of decoded instructions and the memory between them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "buffer.h"
#include "instruction.h"
#include "parallel.h"
#include "state_lock.h"

namespace pellucid {

// A float array of the caller, for the time of one run.
struct External {
  float* data;
  std::int64_t floats;
};

// What a program does with an external array.
struct ExternalUse {
  std::int64_t floats = 0;  // it must have at least so many; 0: not used
  bool is_written = false;
};

// The arrays that stay the same from run to run of a bound program, each with its lock and its version.
// `number` is that of the bound program, from 1 on; 0 where arrays are handed in that nobody watches.
struct Binding {
  std::uint64_t number = 0;
  std::vector<BoundState> states;  // in the order of their locks' numbers
};

// What a run is given.
struct Run {
  const std::vector<External>& externals;
  std::uint64_t seed;
  std::uint32_t step;
  const Binding& binding;
  Stop* stop = nullptr;  // asked during long runs that write to no state, if there is somebody
};

// How an instruction is computed, for people.
struct InstructionFacts {
  std::string variant, reason;
  std::int64_t floats_read, floats_written;  // of its operands
};

class Program {
 public:
  // Throws std::invalid_argument where an instruction is not well formed, leaves the arena, or would
  // overwrite its own input.
  // The first `fixed` instructions read nothing but states that the program does not write, and write nothing
  // but the arena: they run again when another binding ran in between, or when somebody has written to one of
  // those states.
  Program(const std::vector<Description>& descriptions, std::int64_t fixed, std::int64_t arena_floats,
          const Kernels& kernels);

  // Runs all instructions once, in order, with the locks of the states held; then counts a write of each
  // state that the program writes. Throws std::invalid_argument if an external array is missing or too small;
  // nothing has run then. Runs from several threads take turns. False: it was stopped, and the outputs hold nothing.
  bool run(const Run& run);

  // The same, and the seconds that each instruction took; 0 for those that did not run.
  std::vector<double> run_timed(const Run& run);

  const Kernels& kernels() const noexcept { return kernels_; }
  const std::vector<ExternalUse>& externals() const noexcept { return externals_; }
  std::vector<InstructionFacts> facts() const;

 private:
  void check_overlap(std::size_t index) const;
  void note_bounds(const Operand& operand, bool is_written);
  void check_externals(const std::vector<External>& externals) const;
  void give_memory_to_keep();
  void prepare_workspace(int threads);
  template <class Each>
  void run_fixed(const Run& run, const Frame& frame, Each each);
  template <class Each>
  bool run_each(const Run& run, Each each);
  bool writes(const BoundState& state) const noexcept;
  bool may_stop(const Binding& binding) const noexcept;
  // A number that stays the same as long as nobody writes to a state that the program only reads: the sum of
  // versions that can but grow.
  std::uint64_t seen(const Binding& binding) const noexcept;

  const Kernels& kernels_;
  std::vector<std::unique_ptr<Instruction>> instructions_;
  std::vector<std::string> names_;
  std::vector<ExternalUse> externals_;
  Buffer arena_;
  Buffer workspace_;
  Buffer kept_;  // what instructions keep between runs
  std::size_t fixed_;
  std::int64_t floats_touched_ = 0;  // by all operands of all instructions
  // What fixed instructions last ran on; binding 0: nothing.
  std::uint64_t prepared_binding_ = 0, prepared_seen_ = 0;
  int workspace_threads_ = 0;  // the number of threads that workspace_ is made for
};

}  // namespace pellucid
