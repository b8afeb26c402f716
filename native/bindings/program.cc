#include "program.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "bindings.h"
#include "isa.h"
#include "without_gil.h"

namespace nb = nanobind;

namespace pellucid {
namespace {

using Places = std::vector<std::pair<std::int64_t, std::int64_t>>;
using InstructionTuple = std::tuple<std::string, Places, Places, std::vector<std::int64_t>, std::vector<double>>;

std::vector<Place> to_places(const Places& pairs) {
  std::vector<Place> places;
  for (const auto& [base, offset] : pairs) places.push_back({base, offset});
  return places;
}

std::vector<Description> to_descriptions(std::vector<InstructionTuple>& tuples) {
  std::vector<Description> descriptions;
  for (auto& [op, inputs, outputs, ints, floats] : tuples) {
    descriptions.push_back({std::move(op), to_places(inputs), to_places(outputs), std::move(ints), std::move(floats)});
  }
  return descriptions;
}

// The memory of an array that Python lends, for as long as this lives.
class BorrowedArray {
 public:
  BorrowedArray(nb::handle array, std::size_t index, bool is_written) {
    const int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (is_written ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(array.ptr(), &view_, flags) != 0) {
      PyErr_Clear();
      refuse(array, index, is_written);
    }
    const char* format = view_.format != nullptr ? view_.format : "B";
    const bool is_float32 = std::strcmp(format, "f") == 0 || std::strcmp(format, "=f") == 0;
    if (!is_float32 || reinterpret_cast<std::uintptr_t>(view_.buf) % alignof(float) != 0) {
      PyBuffer_Release(&view_);
      refuse(array, index, is_written);
    }
  }
  ~BorrowedArray() {
    if (view_.obj != nullptr) PyBuffer_Release(&view_);
  }
  BorrowedArray(BorrowedArray&& other) noexcept : view_(other.view_) { other.view_.obj = nullptr; }
  BorrowedArray(const BorrowedArray&) = delete;
  BorrowedArray& operator=(const BorrowedArray&) = delete;

  External external() const {
    return {static_cast<float*>(view_.buf), static_cast<std::int64_t>(view_.len) / std::int64_t{sizeof(float)}};
  }

 private:
  [[noreturn]] static void refuse(nb::handle array, std::size_t index, bool is_written) {
    std::string got = nb::type_name(array.type()).c_str();
    for (const char* attribute : {"dtype", "strides"}) {
      if (!nb::hasattr(array, attribute)) continue;
      got += std::string(", ") + attribute + " " + nb::str(nb::object(array.attr(attribute))).c_str();
    }
    throw std::invalid_argument("external array " + std::to_string(index) + " must be a C-contiguous" +
                                (is_written ? ", writable" : "") + " float32 array, got " + got);
  }

  Py_buffer view_{};
};

// Borrows arrays, of which the first is the external array number `first` of the program.
void borrow(const Program& program, nb::handle lent, std::size_t first, std::vector<BorrowedArray>& arrays,
            std::vector<External>& memory) {
  const std::vector<ExternalUse>& uses = program.externals();
  const std::size_t end = first + nb::len(lent);
  for (std::size_t i = first; i < end; ++i) {
    arrays.emplace_back(lent[i - first], i, i < uses.size() && uses[i].is_written);
    memory[i] = arrays.back().external();
  }
}

// A program and the last of its external arrays, which stay the same from run to run.
class BoundProgram {
 private:
  // Calls use(memory) without the GIL, with the given arrays kept alive.
  template <class Use>
  auto with_memory(const nb::sequence& given, Use use) const {
    if (nb::len(given) != given_) {
      throw std::invalid_argument("the program takes " + std::to_string(given_) + " arrays in each run, got " +
                                  std::to_string(nb::len(given)));
    }
    std::vector<BorrowedArray> arrays;
    std::vector<External> memory = memory_;
    borrow(program_, given, 0, arrays, memory);
    const WithoutGil released;
    return use(memory);
  }

 public:
  BoundProgram(nb::object program, std::size_t given, nb::handle kept)
      : owner_(std::move(program)), program_(nb::cast<Program&>(owner_)), given_(given),
        memory_(given + nb::len(kept)) {
    borrow(program_, kept, given, kept_, memory_);
  }
  BoundProgram(const BoundProgram&) = delete;
  BoundProgram& operator=(const BoundProgram&) = delete;

  void run(const nb::sequence& given, std::uint64_t seed, std::uint64_t step, std::uint64_t version) {
    with_memory(given, [&](const std::vector<External>& memory) {
      program_.run({memory, seed, static_cast<std::uint32_t>(step), version});
    });
  }

  std::vector<double> run_timed(const nb::sequence& given, std::uint64_t seed, std::uint64_t step,
                                std::uint64_t version) {
    return with_memory(given, [&](const std::vector<External>& memory) {
      return program_.run_timed({memory, seed, static_cast<std::uint32_t>(step), version});
    });
  }

 private:
  nb::object owner_;
  Program& program_;
  std::size_t given_;  // so many arrays, the first ones, come with each run
  std::vector<BorrowedArray> kept_;
  std::vector<External> memory_;  // of all arrays; that of given ones is filled in
};

nb::list facts(const Program& program) {
  nb::list list;
  for (const InstructionFacts& fact : program.facts()) {
    list.append(nb::make_tuple(fact.variant, fact.reason, fact.floats_read, fact.floats_written));
  }
  return list;
}

void construct(Program* self, std::vector<InstructionTuple> instructions, std::int64_t arena_floats,
               const std::optional<std::string>& isa, std::int64_t fixed) {
  new (self) Program(to_descriptions(instructions), fixed, arena_floats, kernels_or_default(isa));
}

}  // namespace

void bind_program(nb::module_& module) {
  nb::class_<Program>(module, "Program", "A list of instructions over one arena and some arrays of the caller.")
      .def("__init__", construct, nb::arg("instructions"), nb::arg("arena_floats"), nb::arg("isa") = nb::none(),
           nb::arg("fixed") = 0)
      .def("bind", [](nb::object self, std::size_t given, const nb::sequence& kept) {
             return std::make_unique<BoundProgram>(std::move(self), given, kept);
           }, nb::arg("given"), nb::arg("kept"),
           "The program with those external arrays that stay the same; so many, the first ones, come with each run.")
      .def("run", [](nb::object self, const nb::sequence& externals, std::uint64_t seed, std::uint64_t step,
                     std::uint64_t version) {
             BoundProgram(std::move(self), nb::len(externals), nb::tuple()).run(externals, seed, step, version);
           }, nb::arg("externals"), nb::arg("seed") = 0, nb::arg("step") = 0, nb::arg("version") = 0,
           "Run all instructions once, in order, on arrays of which none stays.")
      .def("facts", facts, "For each instruction: how and why it is computed so, floats read, floats written.");
  nb::class_<BoundProgram>(module, "BoundProgram", "A program with the last of its external arrays.")
      .def("run", &BoundProgram::run, nb::arg("given"), nb::arg("seed") = 0, nb::arg("step") = 0,
           nb::arg("version") = 0, "Run all instructions once, in order.")
      .def("run_timed", &BoundProgram::run_timed, nb::arg("given"), nb::arg("seed") = 0, nb::arg("step") = 0,
           nb::arg("version") = 0, "Run all instructions once, in order; the seconds that each took.");
}

}  // namespace pellucid
