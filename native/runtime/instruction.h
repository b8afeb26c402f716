// instruction.h: one step of a program: as it comes from Python, and as it is run.
//
// Decoding (decoder.h, instructions_*.cc) turns a Description into an Instruction. It checks every number, so that
// running needs no checks: an instruction touches only the extents of its operands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel_table.h"

namespace pellucid {

// A place in memory: base 0 is the arena of the program, base k >= 1 the external array k - 1.
struct Place {
  std::int64_t base;
  std::int64_t offset;  // floats
};

struct Description {
  std::string op;
  std::vector<Place> inputs, outputs;
  std::vector<std::int64_t> ints;
  std::vector<double> floats;
};

// A place and the number of floats from there on that an instruction may touch.
struct Operand {
  Place place;
  std::int64_t extent;
};

// What an instruction runs with.
struct Frame {
  const Kernels& kernels;
  ThreadPool& pool;
  float* const* bases;
  float* workspace;
  std::uint64_t seed;
  std::uint32_t step;

  float* at(const Operand& operand) const noexcept { return bases[operand.place.base] + operand.place.offset; }
};

class Instruction {
 public:
  virtual ~Instruction() = default;

  virtual void run(const Frame& frame) const noexcept = 0;

  // Brings what it reads of arrays that stay the same into memory of its own, `kept`: before the first run, and after
  // they have changed.
  virtual void prepare(const Frame&) const noexcept {}

  // Floats that it keeps between runs.
  virtual std::int64_t kept_floats(const Kernels&) const noexcept { return 0; }

  // Floats of scratch memory that run() and prepare() need with that many threads.
  virtual std::int64_t workspace(const Kernels&, int /*threads*/) const noexcept { return 0; }

  // Whether it asks for products of bfloat16, which not every machine has (isa.h).
  virtual bool wants_bfloat16() const noexcept { return false; }

  // How the kernels of this level compute it, in a few words, for people.
  virtual std::string variant(const Kernels& kernels) const { return kernels.isa; }

  // Why it is computed that way; empty where there is no choice.
  virtual std::string reason(const Kernels&) const { return {}; }

  // May this output be the very buffer of that input?
  virtual bool works_in_place(std::size_t /*output*/, std::size_t /*input*/) const noexcept { return false; }

  std::vector<Operand> inputs, outputs;
  float* kept = nullptr;  // the memory of kept_floats(), if there are any
};

}  // namespace pellucid
