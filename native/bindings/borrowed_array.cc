#include "borrowed_array.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace nb = nanobind;

namespace pellucid {
namespace {

[[noreturn]] void refuse(nb::handle array, std::size_t index, bool is_written) {
  std::string got = nb::type_name(array.type()).c_str();
  for (const char* attribute : {"dtype", "strides"}) {
    if (!nb::hasattr(array, attribute)) continue;
    got += std::string(", ") + attribute + " " + nb::str(nb::object(array.attr(attribute))).c_str();
  }
  throw std::invalid_argument("external array " + std::to_string(index) + " must be a C-contiguous" +
                              (is_written ? ", writable" : "") + " float32 array, got " + got);
}

}  // namespace

BorrowedArray::BorrowedArray(nb::handle array, bool is_written) noexcept {
  const int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (is_written ? PyBUF_WRITABLE : 0);
  if (PyObject_GetBuffer(array.ptr(), &view_, flags) != 0) {
    PyErr_Clear();
    view_.obj = nullptr;
    return;
  }
  const char* format = view_.format != nullptr ? view_.format : "B";
  const bool is_float32 = std::strcmp(format, "f") == 0 || std::strcmp(format, "=f") == 0;
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(view_.buf) % alignof(float) == 0;
  if (!is_float32 || !is_aligned) PyBuffer_Release(&view_);
}

BorrowedArray::~BorrowedArray() {
  if (view_.obj != nullptr) PyBuffer_Release(&view_);
}

bool BorrowedArray::has_shape(const std::vector<Py_ssize_t>& shape) const noexcept {
  return view_.ndim == static_cast<int>(shape.size()) && std::equal(shape.begin(), shape.end(), view_.shape);
}

void borrow(const Program& program, nb::handle arrays, std::size_t first,
            std::vector<BorrowedArray>& borrowed, std::vector<External>& memory) {
  const std::vector<ExternalUse>& uses = program.externals();
  const std::size_t end = first + nb::len(arrays);
  for (std::size_t i = first; i < end; ++i) {
    const nb::object array = arrays[i - first];
    const bool is_written = i < uses.size() && uses[i].is_written;
    borrowed.emplace_back(array, is_written);
    if (!borrowed.back().is_lent()) refuse(array, i, is_written);
    memory[i] = borrowed.back().external();
  }
}

}  // namespace pellucid
