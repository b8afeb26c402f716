#include "bound_program.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

#include "finite.h"
#include "without_gil.h"

namespace nb = nanobind;

namespace pellucid {
namespace {

nb::tuple tuple_of(const BoundProgram::Shape& shape) {
  nb::list sizes;
  for (const Py_ssize_t size : shape) sizes.append(size);
  return nb::tuple(sizes);
}

Binding binding_of(const nb::list& locks, std::size_t first) {
  static std::atomic<std::uint64_t> count{0};
  Binding binding{++count, {}};
  for (std::size_t i = 0; i < nb::len(locks); ++i) {
    binding.states.push_back({&nb::cast<StateLock&>(locks[i]), first + i});
  }
  std::sort(binding.states.begin(), binding.states.end(), [](const BoundState& a, const BoundState& b) {
    return a.lock->number() < b.lock->number();
  });
  return binding;
}

}  // namespace

BoundProgram::BoundProgram(nb::object program, std::vector<Shape> inputs, const std::vector<Shape>& outputs,
                           nb::handle kept, nb::list locks)
    : owner_(std::move(program)), locks_(std::move(locks)), program_(nb::cast<Program&>(owner_)),
      binding_(binding_of(locks_, inputs.size() + outputs.size())), inputs_(std::move(inputs)),
      memory_(inputs_.size() + outputs.size() + nb::len(kept)) {
  const nb::module_ numpy = nb::module_::import_("numpy");
  empty_ = numpy.attr("empty");
  for (const Shape& shape : outputs) {
    outputs_.push_back(nb::make_tuple(tuple_of(shape), numpy.attr("float32")));
  }
  borrow(program_, kept, inputs_.size() + outputs_.size(), kept_, memory_);
}

// The arrays of one run.
struct BoundProgram::Arrays {
  nb::list outputs;
  std::vector<BorrowedArray> borrowed;
  std::vector<External> memory;
};

BoundProgram::Arrays BoundProgram::make_outputs() const {
  Arrays arrays{{}, {}, memory_};
  for (const nb::tuple& arguments : outputs_) {
    arrays.outputs.append(nb::steal(PyObject_Call(empty_.ptr(), arguments.ptr(), nullptr)));
  }
  borrow(program_, arrays.outputs, inputs_.size(), arrays.borrowed, arrays.memory);
  return arrays;
}

void BoundProgram::borrow_inputs(nb::handle inputs, Arrays& arrays) const {
  if (nb::len(inputs) != inputs_.size()) {
    throw std::invalid_argument("the program takes " + std::to_string(inputs_.size()) + " inputs, got " +
                                std::to_string(nb::len(inputs)));
  }
  borrow(program_, inputs, 0, arrays.borrowed, arrays.memory);
}

// Without the GIL; again where it was stopped and the application's handler did not mind.
void BoundProgram::run_until_whole(const Arrays& arrays, std::uint64_t seed, std::uint64_t step) const {
  while (true) {
    {
      WithoutGil released;
      if (program_.run({arrays.memory, seed, static_cast<std::uint32_t>(step), binding_, &released})) return;
    }
    WithoutGil::answer_interruption();
  }
}

nb::list BoundProgram::run(nb::handle inputs, std::uint64_t seed, std::uint64_t step) const {
  Arrays arrays = make_outputs();
  borrow_inputs(inputs, arrays);
  run_until_whole(arrays, seed, step);
  return arrays.outputs;
}

std::vector<double> BoundProgram::run_timed(nb::handle inputs, std::uint64_t seed, std::uint64_t step) const {
  Arrays arrays = make_outputs();
  borrow_inputs(inputs, arrays);
  const WithoutGil released;
  return program_.run_timed({arrays.memory, seed, static_cast<std::uint32_t>(step), binding_});
}

nb::object BoundProgram::try_array(nb::handle input, std::uint64_t seed, std::uint64_t step) const {
  if (inputs_.size() != 1 || outputs_.size() != 1) return nb::none();
  const BorrowedArray array(input, false);
  if (!array.is_lent() || !array.has_shape(inputs_[0])) return nb::none();
  const External numbers = array.external();
  if (!all_finite(numbers.data, numbers.floats)) return nb::none();
  Arrays arrays = make_outputs();
  arrays.memory[0] = numbers;
  run_until_whole(arrays, seed, step);
  return arrays.outputs[0];
}

}  // namespace pellucid
