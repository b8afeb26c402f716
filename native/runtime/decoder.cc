#include "decoder.h"

#include <stdexcept>

namespace pellucid {
namespace {

struct Entry {
  const char* op;
  std::unique_ptr<Instruction> (*decode)(Decoder&);
};

constexpr Entry kEntries[] = {
    {"conv_forward", decode_conv_forward},
    {"conv_max_pool", decode_conv_max_pool},
    {"conv_max_pool_backward", decode_conv_max_pool_backward},
    {"pointwise_depthwise", decode_pointwise_depthwise},
    {"conv_backward_input", decode_conv_backward_input},
    {"conv_backward_weights", decode_conv_backward_weights},
    {"matmul", decode_matmul},
    {"max_pool", decode_max_pool},
    {"max_pool_backward", decode_max_pool_backward},
    {"max_unpool", decode_max_unpool},
    {"max_pool_select", decode_max_pool_select},
    {"average_pool", decode_average_pool},
    {"average_pool_backward", decode_average_pool_backward},
    {"elementwise", decode_elementwise},
    {"reduce_sum", decode_reduce_sum},
    {"reduce_max", decode_reduce_max},
    {"arg_max", decode_arg_max},
    {"one_hot", decode_one_hot},
    {"copy", decode_copy},
    {"gather", decode_gather},
    {"scatter_add", decode_scatter_add},
    {"gather_at", decode_gather_at},
    {"scatter_add_at", decode_scatter_add_at},
    {"fill", decode_fill},
    {"random_uniform", decode_random_uniform},
};

}  // namespace

void Decoder::fail(const std::string& sentence) const {
  throw std::invalid_argument("instruction " + std::to_string(index_) + " (" + description_.op + "): " + sentence);
}

void Decoder::expect_operands(std::size_t min_inputs, std::size_t max_inputs, std::size_t outputs) const {
  const std::size_t inputs = description_.inputs.size();
  if (inputs < min_inputs || inputs > max_inputs) {
    const std::string most = max_inputs == min_inputs ? "" : " to " + std::to_string(max_inputs);
    fail("expected " + std::to_string(min_inputs) + most + " inputs, got " + std::to_string(inputs));
  }
  if (description_.outputs.size() != outputs) {
    fail("expected " + std::to_string(outputs) + " outputs, got " + std::to_string(description_.outputs.size()));
  }
}

std::int64_t Decoder::take(const char* what, std::int64_t low, std::int64_t high) {
  if (next_int_ == description_.ints.size()) {
    fail("ints end after " + std::to_string(next_int_) + " numbers, before " + what);
  }
  const std::int64_t value = description_.ints[next_int_++];
  if (value < low || value > high) {
    fail(std::string(what) + " must be from " + std::to_string(low) + " to " + std::to_string(high) + ", got " +
         std::to_string(value));
  }
  return value;
}

float Decoder::take_float(const char* what) {
  if (next_float_ == description_.floats.size()) {
    fail("floats end after " + std::to_string(next_float_) + " numbers, before " + what);
  }
  return static_cast<float>(description_.floats[next_float_++]);
}

void Decoder::expect_end() const {
  if (next_int_ != description_.ints.size()) {
    fail("expected " + std::to_string(next_int_) + " ints, got " + std::to_string(description_.ints.size()));
  }
  if (next_float_ != description_.floats.size()) {
    fail("expected " + std::to_string(next_float_) + " floats, got " + std::to_string(description_.floats.size()));
  }
}

Operand Decoder::operand(const std::vector<Place>& places, std::size_t position, std::int64_t extent) const {
  constexpr std::int64_t kMaxBases = 1 << 16;
  const Place place = places.at(position);
  if (place.base < 0 || place.base > kMaxBases) {
    fail("base must be from 0 to " + std::to_string(kMaxBases) + ", got " + std::to_string(place.base));
  }
  if (place.offset < 0 || place.offset > kMaxFloats) {
    fail("offset must be from 0 to " + std::to_string(kMaxFloats) + ", got " + std::to_string(place.offset));
  }
  return {place, extent};
}

void Decoder::add_input(Instruction& instruction, std::int64_t extent) const {
  instruction.inputs.push_back(operand(description_.inputs, instruction.inputs.size(), extent));
}

void Decoder::add_output(Instruction& instruction, std::int64_t extent) const {
  instruction.outputs.push_back(operand(description_.outputs, instruction.outputs.size(), extent));
}

std::int64_t Decoder::product(const char* what, std::initializer_list<std::int64_t> sizes) const {
  std::int64_t result = 1;
  for (std::int64_t size : sizes) {
    if (__builtin_mul_overflow(result, size, &result) || result > kMaxFloats) {
      fail(std::string(what) + " has more than " + std::to_string(kMaxFloats) + " elements");
    }
  }
  return result;
}

std::int64_t Decoder::span(const char* what, const std::int64_t* dims, const std::int64_t* strides, int rank) const {
  std::int64_t last = 0;
  for (int axis = 0; axis < rank; ++axis) {
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(dims[axis] - 1, strides[axis], &reach) || reach > kMaxFloats - last) {
      fail(std::string(what) + " reaches over more than " + std::to_string(kMaxFloats) + " elements");
    }
    last += reach;
  }
  return last + 1;
}

std::unique_ptr<Instruction> decode(const Description& description, std::size_t index) {
  Decoder decoder(description, index);
  std::string known;
  for (const Entry& entry : kEntries) {
    if (description.op == entry.op) {
      std::unique_ptr<Instruction> instruction = entry.decode(decoder);
      decoder.expect_end();
      return instruction;
    }
    known += (known.empty() ? "" : ", ") + std::string(entry.op);
  }
  decoder.fail("unknown operation; known: " + known);
}

}  // namespace pellucid
