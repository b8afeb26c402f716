"""Programs of the native engine: memory, threads, and the refusal of what is not well formed."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from one_instruction import (
    GUARD,
    Step,
    elementwise_ints,
    execute,
    guard,
    momentum_instruction,
)

from pellucid import _native


def test_arena_keeps_its_content() -> None:
    """Each run hands out what the last one left there, then leaves its own."""
    sizes = [1, 1000, 1, 1]
    program = _native.Program([("copy", [(0, 3)], [(1, 0)], sizes, []), ("copy", [(2, 0)], [(0, 3)], sizes, [])], 1003)
    out = np.zeros(1000, np.float32)
    program.run([out, np.full(1000, 1.0, np.float32)])
    for number in (2, 3, 4):
        program.run([out, np.full(1000, number, np.float32)])
        assert (out == number - 1).all()


def test_denormals_are_flushed_inside_and_kept_outside(isa: str) -> None:
    tiny = np.full(40_000, 1e-39, np.float32)
    ints = elementwise_ints([tiny.size], [[1]], 1, [2], [("multiply", 0, 1, 0)])
    (result,) = execute("elementwise", [tiny], [tiny.size], ints, [1.0], isa=isa)
    assert (result == 0).all()
    assert np.float32(1e-39) * np.float32(1.0) != 0


def test_two_threads_may_run_the_same_program() -> None:
    w, v, g = np.zeros(50_000, np.float32), np.zeros(50_000, np.float32), np.ones(50_000, np.float32)
    program = _native.Program([momentum_instruction(50_000)], 0)
    threads = [threading.Thread(target=lambda: [program.run([w, v, g]) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected_w, expected_v = w[:1] * 0, v[:1] * 0
    for _ in range(200):
        expected_v = np.float32(0.9) * expected_v - np.float32(0.1)
        expected_w = expected_w + expected_v
    np.testing.assert_allclose(w, np.full_like(w, expected_w[0]), rtol=1e-5)


def test_kernels_names_a_variant_per_instruction() -> None:
    program = _native.Program([momentum_instruction(10), ("fill", [], [(0, 0)], [4], [1.0])], 4)
    assert [variant for variant, *_ in program.facts()] == [
        f"3 steps, {_native.isa()}",
        _native.isa(),
    ]  # of 4: two are one


def test_fixed_instructions_run_again_after_a_write_or_another_binding() -> None:
    """A fixed instruction keeps the number of the run in the arena; the next one hands out what is kept."""
    keep, tell, read = (
        ("copy", [source], [target], [1, 1, 1, 1], [])
        for source, target in (((1, 0), (0, 0)), ((0, 0), (2, 0)), ((3, 0), (0, 16)))
    )
    program = _native.Program([keep, tell, read], 17, fixed=1)
    state, lock, number = np.zeros(1, np.float32), _native.StateLock(), np.zeros(1, np.float32)
    first, second = (program.bind([(1,)], [(1,)], [state], [lock]) for _ in range(2))

    def kept(bound: _native.BoundProgram) -> int:
        number[0] += 1
        return int(bound.run([number])[0][0])

    assert [kept(first), kept(first)] == [1, 1]
    lock.acquire()
    lock.count_write()
    lock.release()
    assert [kept(first), kept(first)] == [3, 3]
    assert [kept(second), kept(second), kept(first), kept(first)] == [5, 5, 7, 7]
    assert first.run_timed([number])[0] == 0
    out = np.zeros(1, np.float32)
    for _ in range(2):  # nobody watches arrays that are handed in
        number[0] += 1
        program.run([number, out, state])
        assert out[0] == number[0]


def test_a_program_that_writes_a_state_counts_that() -> None:
    """Another program, which keeps a copy of the state from run to run, then copies it again."""
    state, lock = np.zeros(4, np.float32), _native.StateLock()
    keep, tell = ("copy", [(2, 0)], [(0, 0)], [1, 4, 1, 1], []), ("copy", [(0, 0)], [(1, 0)], [1, 4, 1, 1], [])
    reads = _native.Program([keep, tell], 4, fixed=1).bind([], [(4,)], [state], [lock])
    writes = _native.Program([("fill", [], [(1, 0)], [4], [1.0])], 4).bind([], [], [state], [lock])
    assert (reads.run([])[0] == 0).all()
    state[:] = 5
    assert (reads.run([])[0] == 0).all()  # nobody has counted that
    writes.run([])
    assert (reads.run([])[0] == 1).all()


def test_a_run_waits_until_the_lock_of_its_state_is_let_go() -> None:
    program = _native.Program([("fill", [], [(1, 0)], [4], [1.0])], 4)
    state, lock = np.zeros(4, np.float32), _native.StateLock()
    bound = program.bind([], [], [state], [lock])
    lock.acquire()
    thread = threading.Thread(target=lambda: bound.run([]))
    thread.start()
    thread.join(0.05)
    assert thread.is_alive() and (state == 0).all()
    lock.release()
    thread.join()
    assert (state == 1).all()


@pytest.mark.parametrize(
    ("fixed", "message"),
    [(3, "fixed must be between 0 and the number of instructions, 1, got 3"), (1, "must write to the arena")],
)
def test_what_cannot_be_fixed_is_refused(fixed: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _native.Program([("fill", [], [(1, 0)], [4], [1.0])], 4, fixed=fixed)


BAD_INSTRUCTIONS = [
    (("convolve", [], [], [], []), r"instruction 0 \(convolve\): unknown operation; known: conv_forward, "),
    (("fill", [(0, 0)], [(0, 0)], [4], [1.0]), "expected 0 inputs, got 1"),
    (("fill", [], [], [4], [1.0]), "expected 1 outputs, got 0"),
    (("fill", [], [(0, 0)], [], [1.0]), "ints end after 0 numbers, before count"),
    (("fill", [], [(0, 0)], [4, 4], [1.0]), "expected 1 ints, got 2"),
    (("fill", [], [(0, 0)], [4], []), "floats end after 0 numbers, before the value"),
    (("fill", [], [(0, 0)], [0], [1.0]), "count must be from 1 to 17592186044416, got 0"),
    (("fill", [], [(0, 90)], [11], [1.0]), "reaches float 101 of an arena of 100"),
    (("fill", [], [(0, -1)], [1], [1.0]), "offset must be from 0"),
    (("fill", [], [(-1, 0)], [1], [1.0]), "base must be from 0"),
    (("reduce_sum", [(0, 0)], [(0, 50)], [2**20, 2**20, 2**20], []), "the input has more than"),
    (("reduce_sum", [(0, 0)], [(0, 3)], [1, 2, 2], []), "output 0 overlaps input 0"),
    (("copy", [(0, 0)], [(0, 50)], [1, 4, 1, 0], []), "the destination strides write an element twice"),
    (("copy", [(0, 0)], [(0, 50)], [2, 4, 4, 1, 1, 1, 2], []), "the destination strides write an element twice"),
    (("copy", [(0, 0)], [(0, 50)], [1, 2**40, 2**40, 1], []), "the source reaches over more than"),
    (("copy", [(0, 0)], [(0, 50)], [9, *[1] * 27], []), "rank must be from 0 to 8, got 9"),
    (("matmul", [(0, 0), (0, 4)], [(0, 8)], [1, 2, 2, 2, 0, 2, 0], []), "transpose_b must be from 0 to 1, got 2"),
    (("matmul", [(0, 0), (0, 4)], [(0, 8)], [2**30, 2**10, 2, 2**10, 0, 0, 0], []), "a has more than"),
    (("gather", [(0, 0)], [(0, 50)], [1, 3, 1, 2, 0, 3], []), "an index must be from -1 to 2, got 3"),
    (("gather", [(0, 0)], [(0, 50)], [1, 3, 1, 2, 0, -2], []), "an index must be from -1 to 2, got -2"),
    (("gather", [(0, 0)], [(0, 50)], [1, 3, 1, 3, 0, 1], []), "the number of indices must be from 1 to 2, got 3"),
    (("gather", [(0, 0)], [(0, 50)], [1, 3, 1, 1, 0, 1], []), "expected 5 ints, got 6"),
    (("gather", [(0, 0)], [(0, 50)], [1, 3, 1, 0], []), "the number of indices must be from 1 to 0, got 0"),
    (("gather", [(0, 0)], [(0, 2)], [1, 3, 1, 2, 0, 1], []), "output 0 overlaps input 0"),
    (("scatter_add", [(0, 0)], [(0, 50)], [1, 51, 1, 2, 0, 1], []), "reaches float 101 of an arena of 100"),
    (("scatter_add", [(0, 0)], [(0, 50)], [2**30, 2**30, 1, 1, 0], []), "the result has more than"),
    (("arg_max", [(0, 0)], [(0, 50)], [1, 2**25], []), "columns must be from 1 to"),
    (
        ("conv_forward", [(0, 0), (0, 50)], [(0, 90)], [1, 3, 4, 2, *[1] * 15, *[0] * 3, 0, 0], []),
        "groups=2 must divide the input channels=3 and the output channels=4",
    ),
    (("max_pool", [(0, 0)], [(0, 50)], [1, 1, *[1] * 9, 2**44, 1, 1, *[1] * 3, -1, 0, 0], []), "a padding must be"),
    (("elementwise", [(0, 0)], [(0, 50)], [1, 4, 1, 1, 0, 0, 1, 1, 1, 99, 0, 0, 0], []), "a function must be from 0"),
    (("elementwise", [(0, 0)], [(0, 50)], [1, 4, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0], []), "an operand register must be"),
    (("elementwise", [(0, 0)], [(0, 50)], [1, 4, 1, 1, 0, 0, 1, 1, 2, 0, 0, 0, 0], []), "an output register must be"),
    (("elementwise", [(0, 0)], [(0, 2)], [1, 4, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0], []), "output 0 overlaps input 0"),
    (("elementwise", [], [(0, 2)], [1, 4, 0, 1, 0, 0, 0, 0], []), "needs an input or a constant"),
    (("elementwise", [(0, 0)], [], [1, 4, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0], []), "needs an output or a sum"),
    (("elementwise", [(0, 0)], [(0, 50)], [1, 97, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0], []), "rows of 97 columns, which"),
    (("elementwise", [(0, 0)], [(0, 50)], [1, 1040, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0], []), "rows of 1040 columns"),
    (
        ("elementwise", [(0, 0)], [(0, 50)], [2, 2, 4, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0], []),
        "sums register 0, which is",
    ),
    (
        ("elementwise", [(0, 0)], [(0, 2)], [2, 2, 4, 1, 0, 1, 0, 1, 4, 1, 1, 0, 0, 0, 0], []),
        "output 0 overlaps input 0",
    ),
    (("elementwise", [(0, 0)], [(0, 0), (0, 4)], [1, 4, 1, 2, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0], []), "passes on input 0"),
    (("elementwise", [(0, 0)], [(0, 4), (0, 6)], [1, 4, 1, 2, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0], []), "overlaps output 0"),
]


@pytest.mark.parametrize(("instruction", "message"), BAD_INSTRUCTIONS)
def test_bad_instructions_are_refused(instruction: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _native.Program([instruction], 100)  # type: ignore[list-item]


def test_too_many_values_alive_are_refused() -> None:
    steps: list[Step] = [("negative", 0, 0, 0)] * 130 + [("add", 1, 2, 0)]
    steps += [("add", 131 + i, 3 + i, 0) for i in range(128)]
    ints = elementwise_ints([4], [[1]], 0, [len(steps)], steps)
    with pytest.raises(ValueError, match="keeps 130 values alive at once; at most 128"):
        _native.Program([("elementwise", [(0, 0)], [(0, 4)], ints, [])], 8)


def test_external_arrays_are_checked_before_anything_runs() -> None:
    program = _native.Program([("copy", [(1, 2)], [(2, 0)], [1, 8, 1, 1], [])], 0)
    source, out = np.ones(10, np.float32), np.zeros(8, np.float32)
    program.run((source, out))
    assert (out == 1).all()
    with pytest.raises(ValueError, match="uses 2 external arrays, got 1"):
        program.run([source])
    with pytest.raises(ValueError, match="external array 0 must have at least 10 elements, got 9"):
        program.run([source[:9], out])
    with pytest.raises(ValueError, match=r"array 1 must be a C-contiguous, writable float32 array, .* float64"):
        program.run([source, out.astype(np.float64)])
    with pytest.raises(ValueError, match="external array 0 must be a C-contiguous float32 array"):
        program.run([np.ones(20, np.float32)[::2], out])
    with pytest.raises(ValueError, match=r"external array 0 must be a C-contiguous float32 array, got .*list"):
        program.run([[1.0] * 10, out])  # type: ignore[list-item]
    out.flags.writeable = False
    with pytest.raises(ValueError, match="writable"):
        program.run([source, out])
    source.flags.writeable = False
    program.run([source, np.zeros(8, np.float32)])


def test_a_bound_program_keeps_its_last_arrays_and_makes_its_outputs() -> None:
    """y = x - state; then state = state + 1: external arrays x, y, state."""
    steps: list[Step] = [("subtract", 0, 1, 0), ("add", 1, 2, 0)]
    ints = elementwise_ints([6], [[1]] * 2, 1, [3, 4], steps)
    program = _native.Program([("elementwise", [(1, 0), (3, 0)], [(2, 0), (3, 0)], ints, [1.0])], 0)
    state, x = np.zeros(6, np.float32), np.arange(6, dtype=np.float32).reshape(2, 3)
    bound = program.bind([(2, 3)], [(3, 2)], [state], [_native.StateLock()])
    del program
    for number in range(3):
        (y,) = bound.run([x])
        assert y.shape == (3, 2) and np.array_equal(y.ravel(), x.ravel() - number)
    assert np.array_equal(bound.try_array(x).ravel(), x.ravel() - 3)  # type: ignore[union-attr]
    assert (state == 4).all()
    with pytest.raises(ValueError, match="takes 1 inputs, got 2"):
        bound.run([x, x])
    with pytest.raises(ValueError, match="external array 0 must have at least 6 elements, got 3"):
        bound.run([x[0]])


def test_what_is_kept_is_checked_when_it_is_bound() -> None:
    program = _native.Program([momentum_instruction(4)], 0)
    w, v, g = np.zeros((3, 4), np.float32)
    with pytest.raises(ValueError, match="external array 1 must be a C-contiguous, writable float32 array"):
        program.bind([(4,)], [], [v.astype(np.float64), g], [])
    with pytest.raises(ValueError, match="external array 2 must have at least 4 elements, got 3"):
        program.bind([(4,)], [], [v, g[:3]], []).run([w])


def test_only_what_fits_is_tried() -> None:
    program = _native.Program([("copy", [(1, 0)], [(2, 0)], [1, 37, 1, 1], [])], 0).bind([(37,)], [(37,)], [], [])
    x = np.arange(37, dtype=np.float32)
    assert np.array_equal(program.try_array(x), x)  # type: ignore[arg-type]
    for other in (x.astype(np.float64), x[:36], x.reshape(1, 37), np.stack([x, x], 1)[:, 0], x.tolist(), None):
        assert program.try_array(other) is None


@pytest.mark.parametrize("count", [1, 15, 64, 131])
def test_numbers_that_are_none_are_not_tried(count: int, isa: str) -> None:
    """Wherever one stands, of whatever sign and with whatever bits; the largest and the smallest numbers are."""
    program = _native.Program([("copy", [(1, 0)], [(2, 0)], [1, count, 1, 1], [])], 0, isa)
    bound, limits = program.bind([(count,)], [(count,)], [], []), np.finfo(np.float32)
    given = guard(np.resize(np.float32([limits.max, limits.min, limits.smallest_subnormal, -0.0, 1.0]), count))
    x = given[GUARD:-GUARD]  # between numbers that are none
    assert np.array_equal(bound.try_array(x), x)  # type: ignore[arg-type]
    for bits in (0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF):
        for place in range(count):
            other = guard(x)[GUARD:-GUARD]
            other[place] = np.uint32(bits).view(np.float32)
            assert bound.try_array(other) is None, (hex(bits), place)


def test_settings_are_checked() -> None:
    for threads in (0, 257, -1):
        with pytest.raises(ValueError, match=f"number of threads must be a whole number .* 256, got {threads}"):
            _native.set_threads(threads)
    with pytest.raises(ValueError, match=r"level 'mmx' is not available .* choose one of: .*(sse2|neon)"):
        _native.Program([], 0, "mmx")
    with pytest.raises(ValueError, match="arena_floats must be at least 0"):
        _native.Program([], -1)
    with pytest.raises(MemoryError, match=r"cannot allocate .* use a smaller batch"):
        _native.Program([], 2**62)


def test_what_instructions_need_besides_the_arena_is_said_without_it() -> None:
    """No arena of that size could be had."""
    size = 2**43
    huge = ("copy", [(0, 0)], [(0, size)], [1, size, 1, 1], [])
    assert _native.further_floats([huge], 2) == (0, 0)
    matrices = ("matmul", [(1, 0), (2, 0)], [(0, 0)], [1, 300, 300, 300, 0, 0, 0], [])
    scratch = [_native.further_floats([matrices] * 3, threads)[0] for threads in (1, 4)]
    assert 0 < scratch[0] <= scratch[1] < 2**24
    with pytest.raises(ValueError, match="instruction 0"):
        _native.further_floats([("copy", [], [], [], [])], 2)
