// program_harness.cc: programs with one number changed: the decoder refuses them, or they touch only their own arrays.
//
// Reads programs as text, changes a number of each again and again, and runs what the decoder lets through on arrays of
// just the size that it asks for. The address sanitizer sees every step beyond them:
//
//   program_harness FILE ROUNDS    (tests/native/test_mutated_programs.py writes the file, builds and runs this)
//
// A program is a line "program ARENA FIXED COUNT" and for each of COUNT instructions the name of its operation and four
// lists, each after its length: inputs and outputs (pairs of a base and an offset), ints, floats.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "decoder.h"
#include "isa.h"
#include "program.h"

namespace pellucid {

namespace PELLUCID_ISA { extern const Kernels kKernels; }

// Only one level is built here.
bool multiplies_bfloat16(const Kernels&) { return false; }
const Kernels& default_kernels() { return PELLUCID_ISA::kKernels; }

namespace {

constexpr std::int64_t kMostFloats = 1 << 20;  // of one array; larger ones only take time

struct Text {
  std::int64_t arena = 0, fixed = 0;
  std::vector<Description> instructions;
};

std::vector<Place> read_places(std::istream& in) {
  std::size_t count = 0;
  in >> count;
  std::vector<Place> places(count);
  for (Place& place : places) in >> place.base >> place.offset;
  return places;
}

template <class Number>
std::vector<Number> read_numbers(std::istream& in) {
  std::size_t count = 0;
  in >> count;
  std::vector<Number> numbers(count);
  for (Number& number : numbers) in >> number;
  return numbers;
}

std::vector<Text> read_programs(const char* path) {
  std::ifstream in(path);
  std::vector<Text> programs;
  std::string word;
  while (in >> word) {
    Text text;
    std::size_t count = 0;
    in >> text.arena >> text.fixed >> count;
    text.instructions.resize(count);
    for (Description& each : text.instructions) {
      in >> each.op;
      each.inputs = read_places(in);
      each.outputs = read_places(in);
      each.ints = read_numbers<std::int64_t>(in);
      each.floats = read_numbers<double>(in);
    }
    programs.push_back(text);
  }
  return programs;
}

class Changes {
 public:
  explicit Changes(std::uint64_t seed) : random_(seed) {}

  // One number of one instruction, or what stands around them.
  void change(Text& text) {
    Description& each = text.instructions[below(text.instructions.size())];
    switch (below(8)) {
      case 0: change(each.inputs); return;
      case 1: change(each.outputs); return;
      case 2: text.arena = near(text.arena); return;
      case 3: text.fixed = near(text.fixed); return;
      case 4: each.op = text.instructions[below(text.instructions.size())].op; return;
      case 5: change_length(each.ints); return;
      default: if (!each.ints.empty()) { std::int64_t& number = each.ints[below(each.ints.size())]; number = near(number); }
    }
  }

 private:
  std::size_t below(std::size_t count) { return random_() % count; }

  std::int64_t near(std::int64_t number) {
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    const std::int64_t choices[] = {0, 1, -1, 2, 3, 7, 64, kLargest, -kLargest, std::int64_t{1} << 31,
                                    Decoder::kMaxFloats, Decoder::kMaxFloats + 1};
    const std::size_t choice = below(20);
    if (choice < 12) return choices[choice];
    if (choice < 16 && number < kLargest && number > -kLargest) return number + (choice % 2 ? 1 : -1);
    return number / 2 + static_cast<std::int64_t>(below(9));
  }

  void change(std::vector<Place>& places) {
    if (places.empty()) return;
    Place& place = places[below(places.size())];
    std::int64_t& number = below(4) == 0 ? place.base : place.offset;
    number = near(number);
  }

  void change_length(std::vector<std::int64_t>& ints) {
    if (below(2) == 0 && !ints.empty()) ints.erase(ints.begin() + static_cast<std::ptrdiff_t>(below(ints.size())));
    else ints.insert(ints.begin() + static_cast<std::ptrdiff_t>(below(ints.size() + 1)), near(1));
  }

  std::mt19937_64 random_;
};

// Whether a program is let through; then it has run.
bool runs(const Text& text) {
  if (text.arena > kMostFloats) return false;
  try {
    Program program(text.instructions, text.fixed, text.arena, default_kernels());
    std::vector<std::vector<float>> arrays;
    std::vector<External> memory;
    for (const ExternalUse& use : program.externals()) {
      if (use.floats > kMostFloats) return false;
      arrays.emplace_back(static_cast<std::size_t>(use.floats), 0.5f);
      memory.push_back({arrays.back().data(), use.floats});
    }
    return program.run({memory, 1, 1, Binding{}});
  } catch (const std::invalid_argument&) {
    return false;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace
}  // namespace pellucid

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::vector<pellucid::Text> programs = pellucid::read_programs(arguments[1]);
  const int rounds = std::atoi(arguments[2]);
  std::int64_t ran = 0, refused = 0;
  for (const pellucid::Text& program : programs) {
    if (!pellucid::runs(program)) {
      std::cout << "a program is refused as it is\n";
      return 1;
    }
    for (int round = 0; round < rounds; ++round) {
      pellucid::Changes changes(static_cast<std::uint64_t>(round));
      pellucid::Text changed = program;
      changes.change(changed);
      ++(pellucid::runs(changed) ? ran : refused);
    }
  }
  std::cout << programs.size() << " programs, " << ran << " changed ones ran, " << refused << " were refused\n";
  return 0;
}
