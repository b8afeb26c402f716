#include "program.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstring>
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

// Calls use(memory) without the GIL, with the arrays kept alive.
template <class Use>
auto with_externals(const Program& program, const nb::sequence& externals, Use use) {
  const std::vector<ExternalUse>& uses = program.externals();
  std::vector<BorrowedArray> arrays;
  std::vector<External> memory;
  const std::size_t count = nb::len(externals);
  for (std::size_t i = 0; i < count; ++i) {
    arrays.emplace_back(externals[i], i, i < uses.size() && uses[i].is_written);
    memory.push_back(arrays.back().external());
  }
  const WithoutGil released;
  return use(memory);
}

void run(Program& program, const nb::sequence& externals, std::uint64_t seed, std::uint64_t step,
         std::uint64_t version) {
  with_externals(program, externals, [&](const std::vector<External>& memory) {
    program.run({memory, seed, static_cast<std::uint32_t>(step), version});
  });
}

std::vector<double> run_timed(Program& program, const nb::sequence& externals, std::uint64_t seed,
                              std::uint64_t step, std::uint64_t version) {
  return with_externals(program, externals, [&](const std::vector<External>& memory) {
    return program.run_timed({memory, seed, static_cast<std::uint32_t>(step), version});
  });
}

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
      .def("run", run, nb::arg("externals"), nb::arg("seed") = 0, nb::arg("step") = 0, nb::arg("version") = 0,
           "Run all instructions once, in order.")
      .def("run_timed", run_timed, nb::arg("externals"), nb::arg("seed") = 0, nb::arg("step") = 0,
           nb::arg("version") = 0,
           "Run all instructions once, in order; the seconds that each took.")
      .def("facts", facts, "For each instruction: how and why it is computed so, floats read, floats written.");
}

}  // namespace pellucid
