"""Linear algebra, as `keras.ops.linalg` has it: functions of `pellucid.ops`."""

from pellucid.ops.rooms import room_of

__getattr__, __dir__ = room_of("norm")
