"""What NumPy has too, as `keras.ops.numpy` has it: functions of `pellucid.ops`."""

from pellucid.ops.rooms import room_of

__getattr__, __dir__ = room_of(
    "abs absolute add all allclose amax amin any append arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh "
    "argmax argmin argsort array array_split average broadcast_to cbrt ceil clip concatenate copy cos cosh "
    "count_nonzero cumprod cumsum deg2rad diag diagonal diff divide divide_no_nan dot dsplit dstack einsum empty "
    "empty_like equal exp exp2 expand_dims expm1 eye flip fliplr flipud floor floor_divide fmax fmin fmod full "
    "full_like geomspace get_item greater greater_equal heaviside hsplit hstack hypot identity inner isclose "
    "isfinite isin isinf isnan isneginf isposinf kron less less_equal linspace log log10 log1p log2 logaddexp "
    "logaddexp2 logical_and logical_not logical_or logical_xor logspace matmul max maximum mean median meshgrid min "
    "minimum mod moveaxis multiply nan_to_num nanmax nanmean nanmin nansum ndim negative not_equal ones ones_like "
    "outer pad percentile power prod ptp quantile rad2deg ravel reciprocal repeat reshape roll rot90 round sign sin "
    "sinc sinh size sort split sqrt square squeeze stack std subtract sum swapaxes take take_along_axis tan tanh "
    "tensordot tile trace transpose tri tril triu true_divide trunc var vdot vsplit vstack where zeros zeros_like"
)
