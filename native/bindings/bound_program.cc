#include "bound_program.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine.h"
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

// What the inputs of many steps are taken from: columns of samples, and numbers that change from step to step.
struct BoundProgram::Columns {
  std::vector<std::pair<std::size_t, Column>> samples;  // each with the number of its input
  std::vector<std::size_t> numbers;                     // the inputs that are one number each
};

BoundProgram::Columns BoundProgram::columns_of(const nb::list& given, const Rows& rows, const Scalars& scalars) const {
  Columns columns;
  const std::vector<ExternalUse>& uses = program_.externals();
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (given[i].is_none()) {
      columns.numbers.push_back(i);
      continue;
    }
    std::int64_t floats = 1;
    for (const Py_ssize_t size : inputs_[i]) floats *= size;
    columns.samples.emplace_back(i, Column(nb::cast<Column::Array>(given[i]),
                                           static_cast<std::int64_t>(rows.shape(1)), floats));
    const std::int64_t samples = columns.samples.back().second.samples();
    const bool has_all = std::all_of(rows.data(), rows.data() + rows.size(),
                                     [samples](std::int64_t row) { return row >= 0 && row < samples; });
    if (!has_all) throw std::invalid_argument("a step takes a sample that there is not");
    if (i < uses.size() && uses[i].is_written) throw std::invalid_argument("an input would be written to");
  }
  if (scalars.shape(1) != columns.numbers.size() || scalars.shape(0) != rows.shape(0)) {
    throw std::invalid_argument("each step needs " + std::to_string(columns.numbers.size()) + " numbers");
  }
  return columns;
}

void BoundProgram::run_steps(nb::list given, Rows rows, Scalars scalars, std::uint64_t seed,
                             std::uint64_t first) const {
  if (!outputs_.empty()) throw std::invalid_argument("many steps have no outputs");
  if (given.size() != inputs_.size()) {
    throw std::invalid_argument("the program takes " + std::to_string(inputs_.size()) + " inputs, got " +
                                std::to_string(given.size()));
  }
  Columns columns = columns_of(given, rows, scalars);
  std::vector<External> memory = memory_;
  const WithoutGil released;
  for (std::size_t step = 0; step < rows.shape(0); ++step) {
    const std::int64_t* chosen = rows.data() + step * rows.shape(1);
    Engine::get().with_pool([&](ThreadPool& pool) {
      for (auto& [input, column] : columns.samples) memory[input] = column.take(chosen, pool);
    });
    for (std::size_t i = 0; i < columns.numbers.size(); ++i) {
      const float* number = scalars.data() + step * columns.numbers.size() + i;
      memory[columns.numbers[i]] = {const_cast<float*>(number), 1};
    }
    program_.run({memory, seed, static_cast<std::uint32_t>(first + step), binding_});
  }
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
  if (!program_.kernels().all_finite(numbers.data, numbers.floats)) return nb::none();
  Arrays arrays = make_outputs();
  arrays.memory[0] = numbers;
  run_until_whole(arrays, seed, step);
  return arrays.outputs[0];
}

}  // namespace pellucid
