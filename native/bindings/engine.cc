#include "engine.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <optional>

#include "bindings.h"
#include "elementwise.h"
#include "isa.h"

namespace nb = nanobind;

namespace pellucid {
namespace {

nb::tuple available_isas() {
  nb::list names;
  for (const Kernels* kernels : available_kernels()) names.append(kernels->isa);
  return nb::tuple(names);
}

nb::tuple elementwise_names() {
  nb::list names;
  for (const ElementwiseFunctionInfo& function : kElementwiseFunctions) names.append(function.name);
  return nb::tuple(names);
}

double fma_peak(double seconds, const std::optional<std::string>& isa) {
  return Engine::get().peak(kernels_or_default(isa).multiply_add, seconds);
}

double bfloat16_peak(double seconds, const std::optional<std::string>& isa) {
  const Kernels& kernels = kernels_or_default(isa);
  return multiplies_bfloat16(kernels) ? Engine::get().peak(kernels.multiply_add_bfloat16, seconds) : 0;
}

}  // namespace

void bind_engine(nb::module_& module) {
  module.def("isa", [] { return std::string(default_kernels().isa); },
             "The instruction set level of programs that name none: PELLUCID_ISA, else the best available "
             "one.");
  module.def("available_isas", available_isas, "The levels this machine can run, best first.");
  module.def("get_threads", [] { return Engine::get().threads(); }, nb::call_guard<nb::gil_scoped_release>(),
             "The number of threads that programs run on.");
  module.def("set_threads", [](int threads) { Engine::get().set_threads(threads); }, nb::arg("threads"),
             nb::call_guard<nb::gil_scoped_release>(),
             "Run programs on that many threads from now on. Results do not depend on it.");
  module.def("fma_peak", fma_peak, nb::arg("seconds"), nb::arg("isa") = nb::none(),
             nb::call_guard<nb::gil_scoped_release>(),
             "Multiply-additions per second of all threads together, measured for that many seconds.");
  module.def("has_bfloat16",
             [](const std::optional<std::string>& isa) {
               return multiplies_bfloat16(kernels_or_default(isa));
             },
             nb::arg("isa") = nb::none(),
             "Whether the level runs instructions that ask for bfloat16 on this machine.");
  module.def("bfloat16_peak", bfloat16_peak, nb::arg("seconds"), nb::arg("isa") = nb::none(),
             nb::call_guard<nb::gil_scoped_release>(),
             "As fma_peak, of bfloat16 numbers with float32 sums; 0 where they are not to be had.");
  module.attr("ELEMENTWISE") = elementwise_names();
}

}  // namespace pellucid
