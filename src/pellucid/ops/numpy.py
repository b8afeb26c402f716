"""What NumPy has too, as `keras.ops.numpy` has it: functions of `pellucid.ops`."""

from pellucid.ops.rooms import room_of

__getattr__, __dir__ = room_of(
    "abs absolute add all allclose amax amin angle any append arange arccos arccosh arcsin arcsinh arctan arctan2 "
    "arctanh argmax argmin argsort array array_split average bartlett bincount blackman broadcast_to cbrt ceil clip "
    "concatenate conj copy corrcoef correlate cos cosh count_nonzero cross cumprod cumsum deg2rad diag diagonal "
    "diff digitize divide divide_no_nan dot dsplit dstack einsum empty empty_like equal exp exp2 expand_dims expm1 "
    "eye fabs flip fliplr flipud floor floor_divide fmax fmin fmod full full_like geomspace get_item greater "
    "greater_equal hamming hanning heaviside histogram hsplit hstack hypot identity imag inner isclose isfinite "
    "isin isinf isnan isneginf isposinf isreal kaiser kron ldexp less less_equal linspace log log10 log1p log2 "
    "logaddexp logaddexp2 logical_and logical_not logical_or logical_xor logspace matmul max maximum mean median "
    "meshgrid min minimum mod moveaxis multiply nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean "
    "nanmin nanprod nanstd nansum nanvar ndim negative not_equal ones ones_like outer pad percentile power prod ptp "
    "quantile rad2deg ravel real reciprocal repeat reshape roll rot90 round searchsorted select sign signbit sin "
    "sinc sinh size sort split sqrt square squeeze stack std subtract sum swapaxes take take_along_axis tan tanh "
    "tensordot tile trace transpose trapezoid tri tril triu true_divide trunc vander var vdot vsplit vstack where "
    "zeros zeros_like"
)
