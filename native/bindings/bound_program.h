// bound_program.h: a program with the arrays that stay the same from run to run.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <vector>

#include "borrowed_array.h"
#include "column.h"
#include "program.h"

namespace pellucid {

// The external arrays of the program are its inputs, which come with each run; its outputs, which each run
// makes; and those that are kept: states, each with its lock, and constants. Python's side of a run is done
// here, since a program may take less time than a few calls in Python: those find nothing in the caches when
// a large kernel has just gone through them.
class BoundProgram {
 public:
  using Shape = std::vector<Py_ssize_t>;

  // `locks` are those of the first kept arrays.
  BoundProgram(nanobind::object program, std::vector<Shape> inputs, const std::vector<Shape>& outputs,
               nanobind::handle kept, nanobind::list locks);
  BoundProgram(const BoundProgram&) = delete;
  BoundProgram& operator=(const BoundProgram&) = delete;

  // The outputs. Throws std::invalid_argument as `Program::run` and `borrow`.
  nanobind::list run(nanobind::handle inputs, std::uint64_t seed, std::uint64_t step) const;

  // Runs the program once for each row of `rows` (steps, samples per step), which says what samples the step takes of
  // each column; where a column is None, the input is a number, and `scalars` (steps, numbers) has the next of its
  // row. The steps count on from `first`. For programs without outputs. Throws std::invalid_argument, and nothing has
  // run, where something does not fit.
  using Rows = nanobind::ndarray<const std::int64_t, nanobind::ndim<2>, nanobind::c_contig, nanobind::device::cpu>;
  using Scalars = nanobind::ndarray<const float, nanobind::ndim<2>, nanobind::c_contig, nanobind::device::cpu>;
  void run_steps(nanobind::list columns, Rows rows, Scalars scalars, std::uint64_t seed, std::uint64_t first) const;

  // The seconds that each instruction took.
  std::vector<double> run_timed(nanobind::handle inputs, std::uint64_t seed, std::uint64_t step) const;

  // The output of a program with one input and one output, if `input` is a C-contiguous float32 array of the
  // input's shape and all its numbers are finite. Otherwise None, and nothing has run.
  nanobind::object try_array(nanobind::handle input, std::uint64_t seed, std::uint64_t step) const;

 private:
  struct Arrays;
  struct Columns;
  Columns columns_of(const nanobind::list& given, const Rows& rows, const Scalars& scalars) const;
  Arrays make_outputs() const;
  void borrow_inputs(nanobind::handle inputs, Arrays& arrays) const;
  void run_until_whole(const Arrays& arrays, std::uint64_t seed, std::uint64_t step) const;

  nanobind::object owner_, empty_;
  nanobind::list locks_;  // kept alive
  Program& program_;
  Binding binding_;
  std::vector<Shape> inputs_;
  std::vector<nanobind::tuple> outputs_;  // of each, what numpy.empty is called with
  std::vector<BorrowedArray> kept_;
  std::vector<External> memory_;  // of all arrays; that of inputs and outputs is filled in
};

}  // namespace pellucid
