// table.cc: the table of one instruction set level; runtime/isa.cc picks one of them at load.
#include "kernel_table.h"
#include "kernels.h"
#include "pairs.h"
#include "winograd.h"

#define PELLUCID_TEXT_OF(word) #word
#define PELLUCID_TEXT(macro) PELLUCID_TEXT_OF(macro)

namespace pellucid::PELLUCID_ISA {

extern const Kernels kKernels;
const Kernels kKernels = {
    .isa = PELLUCID_TEXT(PELLUCID_ISA),
    .vector_floats = PELLUCID_VECTOR_FLOATS,
    .bfloat16 = kHasPairs,
    .conv_forward = conv_forward,
    .conv_forward_workspace = conv_forward_workspace,
    .conv_packed_floats = conv_packed_floats,
    .conv_pack = conv_pack,
    .conv_max_pool = conv_max_pool,
    .conv_max_pool_workspace = conv_max_pool_workspace,
    .conv_max_pool_variant = conv_max_pool_variant,
    .conv_max_pool_backward = conv_max_pool_backward,
    .conv_max_pool_backward_workspace = conv_max_pool_backward_workspace,
    .conv_max_pool_backward_variant = conv_max_pool_backward_variant,
    .pointwise_depthwise = pointwise_depthwise,
    .pointwise_depthwise_workspace = pointwise_depthwise_workspace,
    .pointwise_depthwise_variant = pointwise_depthwise_variant,
    .conv_backward_input = conv_backward_input,
    .conv_backward_input_workspace = conv_backward_input_workspace,
    .conv_backward_weights = conv_backward_weights,
    .conv_backward_weights_workspace = conv_backward_weights_workspace,
    .matmul = matmul,
    .matmul_workspace = matmul_workspace,
    .conv_forward_variant = conv_forward_variant,
    .conv_backward_input_variant = conv_backward_input_variant,
    .conv_backward_weights_variant = conv_backward_weights_variant,
    .winograd_obstacle = winograd_obstacle,
    .winograd_cost = winograd_cost,
    .uses_winograd = uses_winograd,
    .bfloat16_obstacle = bfloat16_obstacle,
    .matmul_in_bfloat16 = uses_pairs,
    .max_pool = max_pool,
    .max_pool_backward = max_pool_backward,
    .max_unpool = max_unpool,
    .max_pool_select = max_pool_select,
    .average_pool = average_pool,
    .average_pool_backward = average_pool_backward,
    .elementwise = elementwise,
    .elementwise_workspace = elementwise_workspace,
    .reduce_sum = reduce_sum,
    .reduce_sum_workspace = reduce_sum_workspace,
    .reduce_max = reduce_max,
    .random_uniform = random_uniform,
    .all_finite = all_finite,
    .multiply_add = multiply_add,
    .multiply_add_bfloat16 = multiply_add_bfloat16,
};

}  // namespace pellucid::PELLUCID_ISA
