"""`tf.errors`: what scripts catch, as the errors of Python's that are raised here instead."""

from __future__ import annotations

from pellucid.errors import OutOfMemoryError, PellucidError

OpError = PellucidError
InvalidArgumentError = FailedPreconditionError = ValueError
NotFoundError = FileNotFoundError
AlreadyExistsError = FileExistsError
PermissionDeniedError = PermissionError
OutOfRangeError = StopIteration
ResourceExhaustedError = OutOfMemoryError
UnimplementedError = NotImplementedError
DeadlineExceededError = TimeoutError
AbortedError = CancelledError = InternalError = UnavailableError = UnknownError = DataLossError = RuntimeError
