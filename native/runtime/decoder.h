// decoder.h: reads the numbers of one Description, one by one, and refuses what cannot be right.
//
// Every failure is a std::invalid_argument that names the instruction, what was expected and what came.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "instruction.h"

namespace pellucid {

class Decoder {
 public:
  // No array may have more floats than this; products of sizes stay far from overflow.
  static constexpr std::int64_t kMaxFloats = std::int64_t{1} << 44;

  Decoder(const Description& description, std::size_t index) : description_(description), index_(index) {}

  const std::string& op() const noexcept { return description_.op; }
  std::size_t inputs() const noexcept { return description_.inputs.size(); }
  std::size_t outputs() const noexcept { return description_.outputs.size(); }
  void expect_operands(std::size_t min_inputs, std::size_t max_inputs, std::size_t outputs) const;

  // The next number in ints; it must lie in [low, high]. `what` names it in the error.
  std::int64_t take(const char* what, std::int64_t low, std::int64_t high);
  std::int64_t take_size(const char* what) { return take(what, 1, kMaxFloats); }
  std::int64_t take_offset(const char* what) { return take(what, 0, kMaxFloats); }
  bool take_flag(const char* what) { return take(what, 0, 1) == 1; }
  float take_float(const char* what);
  std::int64_t ints_left() const noexcept { return static_cast<std::int64_t>(description_.ints.size() - next_int_); }
  void expect_end() const;  // all numbers were taken

  // Adds the next operand, which spans `extent` floats.
  void add_input(Instruction& instruction, std::int64_t extent) const;
  void add_output(Instruction& instruction, std::int64_t extent) const;

  // The product of positive sizes; an error if it is beyond kMaxFloats.
  std::int64_t product(const char* what, std::initializer_list<std::int64_t> sizes) const;
  // Floats from the first to behind the last element of an array with these dims and strides, all >= 0.
  std::int64_t span(const char* what, const std::int64_t* dims, const std::int64_t* strides, int rank) const;

  [[noreturn]] void fail(const std::string& sentence) const;

 private:
  Operand operand(const std::vector<Place>& places, std::size_t position, std::int64_t extent) const;

  const Description& description_;
  std::size_t index_;
  std::size_t next_int_ = 0, next_float_ = 0;
};

// One function per operation; each file instructions_*.cc defines those of a family.
std::unique_ptr<Instruction> decode_conv_forward(Decoder& decoder);
std::unique_ptr<Instruction> decode_conv_max_pool(Decoder& decoder);
std::unique_ptr<Instruction> decode_conv_max_pool_backward(Decoder& decoder);
std::unique_ptr<Instruction> decode_pointwise_depthwise(Decoder& decoder);
std::unique_ptr<Instruction> decode_conv_backward_input(Decoder& decoder);
std::unique_ptr<Instruction> decode_conv_backward_weights(Decoder& decoder);
std::unique_ptr<Instruction> decode_matmul(Decoder& decoder);
std::unique_ptr<Instruction> decode_max_pool(Decoder& decoder);
std::unique_ptr<Instruction> decode_max_pool_backward(Decoder& decoder);
std::unique_ptr<Instruction> decode_max_pool_select(Decoder& decoder);
std::unique_ptr<Instruction> decode_max_unpool(Decoder& decoder);
std::unique_ptr<Instruction> decode_average_pool(Decoder& decoder);
std::unique_ptr<Instruction> decode_average_pool_backward(Decoder& decoder);
std::unique_ptr<Instruction> decode_elementwise(Decoder& decoder);
std::unique_ptr<Instruction> decode_reduce_sum(Decoder& decoder);
std::unique_ptr<Instruction> decode_reduce_max(Decoder& decoder);
std::unique_ptr<Instruction> decode_arg_max(Decoder& decoder);
std::unique_ptr<Instruction> decode_one_hot(Decoder& decoder);
std::unique_ptr<Instruction> decode_copy(Decoder& decoder);
std::unique_ptr<Instruction> decode_gather(Decoder& decoder);
std::unique_ptr<Instruction> decode_scatter_add(Decoder& decoder);
std::unique_ptr<Instruction> decode_gather_at(Decoder& decoder);
std::unique_ptr<Instruction> decode_scatter_add_at(Decoder& decoder);
std::unique_ptr<Instruction> decode_fill(Decoder& decoder);
std::unique_ptr<Instruction> decode_random_uniform(Decoder& decoder);

// Decodes instruction `index` of a program with the function of its op.
std::unique_ptr<Instruction> decode(const Description& description, std::size_t index);

}  // namespace pellucid
