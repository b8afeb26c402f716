#include "program.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "bindings.h"
#include "borrowed_array.h"
#include "bound_program.h"
#include "decoder.h"
#include "isa.h"
#include "without_gil.h"

namespace nb = nanobind;

namespace pellucid {
namespace {

using Places = std::vector<std::pair<std::int64_t, std::int64_t>>;
using InstructionTuple =
    std::tuple<std::string, Places, Places, std::vector<std::int64_t>, std::vector<double>>;

std::vector<Place> to_places(const Places& pairs) {
  std::vector<Place> places;
  for (const auto& [base, offset] : pairs) places.push_back({base, offset});
  return places;
}

std::vector<Description> to_descriptions(std::vector<InstructionTuple>& tuples) {
  std::vector<Description> descriptions;
  for (auto& [op, inputs, outputs, ints, floats] : tuples) {
    descriptions.push_back(
        {std::move(op), to_places(inputs), to_places(outputs), std::move(ints), std::move(floats)});
  }
  return descriptions;
}

// All external arrays by themselves, none kept.
void run(Program& program, nb::handle externals, std::uint64_t seed, std::uint64_t step) {
  std::vector<BorrowedArray> arrays;
  std::vector<External> memory(nb::len(externals));
  borrow(program, externals, 0, arrays, memory);
  const WithoutGil released;
  program.run({memory, seed, static_cast<std::uint32_t>(step), Binding{}});
}

nb::list facts(const Program& program) {
  nb::list list;
  for (const InstructionFacts& fact : program.facts()) {
    list.append(nb::make_tuple(fact.variant, fact.reason, fact.floats_read, fact.floats_written));
  }
  return list;
}

std::unique_ptr<BoundProgram> bind(nb::object self, std::vector<BoundProgram::Shape> inputs,
                                   const std::vector<BoundProgram::Shape>& outputs, nb::handle kept,
                                   nb::list locks) {
  return std::make_unique<BoundProgram>(std::move(self), std::move(inputs), outputs, kept, std::move(locks));
}

void construct(Program* self, std::vector<InstructionTuple> instructions, std::int64_t arena_floats,
               const std::optional<std::string>& isa, std::int64_t fixed) {
  const std::vector<Description> descriptions = to_descriptions(instructions);
  const Kernels& kernels = kernels_or_default(isa);
  const WithoutGil released;  // an arena of gigabytes takes a while where the system does not give it as zeros
  new (self) Program(descriptions, fixed, arena_floats, kernels);
}

// What a program of such instructions needs besides its arena: floats of scratch memory with so many threads, and
// floats that its instructions keep between runs. Nothing is allocated.
std::pair<std::int64_t, std::int64_t> further_floats(std::vector<InstructionTuple> instructions, int threads,
                                                     const std::optional<std::string>& isa) {
  const std::vector<Description> descriptions = to_descriptions(instructions);
  const Kernels& kernels = kernels_or_default(isa);
  std::int64_t scratch = 0, kept = 0;
  for (std::size_t i = 0; i < descriptions.size(); ++i) {
    const std::unique_ptr<Instruction> instruction = decode(descriptions[i], i);
    scratch = std::max(scratch, instruction->workspace(kernels, threads));
    kept += instruction->kept_floats(kernels);
  }
  return {scratch, kept};
}

}  // namespace

void bind_program(nb::module_& module) {
  module.def("further_floats", further_floats, nb::arg("instructions"), nb::arg("threads"),
             nb::arg("isa") = nb::none(),
             "Floats of scratch memory, and kept between runs, of a program of these instructions.");
  nb::class_<Program>(module, "Program",
                      "A list of instructions over one arena and some arrays of the caller.")
      .def("__init__", construct, nb::arg("instructions"), nb::arg("arena_floats"),
           nb::arg("isa") = nb::none(), nb::arg("fixed") = 0)
      .def("run", run, nb::arg("externals"), nb::arg("seed") = 0, nb::arg("step") = 0,
           "Run all instructions once, in order.")
      .def("bind", bind, nb::arg("inputs"), nb::arg("outputs"), nb::arg("kept"),
           nb::arg("locks"), "The program with those external arrays that stay the same, the last ones.")
      .def("facts", facts,
           "For each instruction: how and why it is computed so, floats read, floats written.");
  nb::class_<BoundProgram>(module, "BoundProgram", "A program with the last of its external arrays.")
      .def("run", &BoundProgram::run, nb::arg("inputs"), nb::arg("seed") = 0, nb::arg("step") = 0,
           "Run all instructions once, in order; the outputs.")
      .def("run_steps", &BoundProgram::run_steps, nb::arg("columns"), nb::arg("rows"), nb::arg("scalars"),
           nb::arg("seed") = 0, nb::arg("step") = 0,
           "Run all instructions once for each row, on the samples that it names.")
      .def("run_timed", &BoundProgram::run_timed, nb::arg("inputs"), nb::arg("seed") = 0, nb::arg("step") = 0,
           "Run all instructions once, in order; the seconds that each took.")
      .def("try_array", &BoundProgram::try_array, nb::arg("input").none(), nb::arg("seed") = 0,
           nb::arg("step") = 0,
           "The only output for the only input, or None where that is not just what it takes.");
}

}  // namespace pellucid
