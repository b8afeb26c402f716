// pool.cc: maximum and mean over windows, their gradients, and selection by maximum; vectors run over channels.
//
// Taps outside the input are left out: they never win a maximum and do not count in a mean. Where windows do not
// overlap and cover the input exactly, the gradient of an input element comes from one window and is written once;
// otherwise the gradient of a sample is cleared and the windows add to it in their order.
#include "elementwise_math.h"
#include "kernels.h"

namespace pellucid::PELLUCID_ISA {
namespace {

constexpr std::int64_t kItemFloats = 16384;  // of the input, roughly

// ---- vectors of channels: whole ones, and the part that remains ----

struct WholeVector {
  Vector load_from(const float* from) const noexcept { return load(from); }
  void store_to(float* to, Vector value) const noexcept { store(to, value); }
};

struct PartVector {
  int count;
  Vector load_from(const float* from) const noexcept { return load_part(from, count); }
  void store_to(float* to, Vector value) const noexcept { store_part(to, value, count); }
};

// body(first channel, WholeVector or PartVector) for all channels.
template <class Body>
void for_each_vector(std::int64_t channels, Body body) noexcept {
  std::int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) body(c, WholeVector{});
  if (c < channels) body(c, PartVector{static_cast<int>(channels - c)});
}

// ---- windows ----

struct Taps {
  std::int64_t begin, end;  // of the kernel's taps on one axis, those that lie inside the input
  std::int64_t first;       // input index of tap `begin`
  std::int64_t step;        // input elements between taps
  std::int64_t count() const noexcept { return end - begin; }
};

Taps taps_inside(const WindowGeometry& window, int axis, std::int64_t output_index) noexcept {
  const std::int64_t start = output_index * window.stride[axis] - window.pad[axis], step = window.dilation[axis];
  const std::int64_t left = window.input[axis] - start;  // input elements from the window's start on
  const std::int64_t fitting = left > 0 ? (left + step - 1) / step : 0;
  const std::int64_t begin = start < 0 ? (-start + step - 1) / step : 0;
  std::int64_t end = window.kernel[axis] < fitting ? window.kernel[axis] : fitting;
  if (end < begin) end = begin;
  return {begin, end, start + begin * step, step};
}

// The taps of one window that lie inside the input.
struct Window {
  Taps d, h, w;
  std::int64_t row, plane;  // floats between neighbours on h and on d
  std::int64_t channels;
  std::int64_t count() const noexcept { return d.count() * h.count() * w.count(); }
};

// visit(offset) for each tap in row-major order: floats from the sample's first element to the tap's first channel.
template <class Visit>
inline __attribute__((always_inline)) void for_each_tap(const Window& window, Visit visit) noexcept {
  const Taps &d = window.d, &h = window.h, &w = window.w;
  if (d.count() == 1 && h.count() == 2 && w.count() == 2) {  // by far the most frequent: no loops
    const std::int64_t down = h.step * window.row, across = w.step * window.channels;
    const std::int64_t first = d.first * window.plane + h.first * window.row + w.first * window.channels;
    visit(first);
    visit(first + across);
    visit(first + down);
    visit(first + down + across);
    return;
  }
  for (std::int64_t kd = 0; kd < d.count(); ++kd) {
    for (std::int64_t kh = 0; kh < h.count(); ++kh) {
      std::int64_t offset = (d.first + kd * d.step) * window.plane + (h.first + kh * h.step) * window.row +
                            w.first * window.channels;
      for (std::int64_t kw = 0; kw < w.count(); ++kw, offset += w.step * window.channels) visit(offset);
    }
  }
}

// visit(window, offset of its output pixel in the sample's output) for the windows of one row of the output.
template <class Visit>
inline void for_each_window(const PoolProblem& problem, std::int64_t od, std::int64_t oh, Visit visit) noexcept {
  const WindowGeometry& geometry = problem.window;
  const std::int64_t row = geometry.input[2] * problem.channels;
  Window window{taps_inside(geometry, 0, od), taps_inside(geometry, 1, oh), {}, row, geometry.input[1] * row,
                problem.channels};
  std::int64_t to = (od * geometry.output[1] + oh) * geometry.output[2] * problem.channels;
  for (std::int64_t ow = 0; ow < geometry.output[2]; ++ow, to += problem.channels) {
    window.w = taps_inside(geometry, 2, ow);
    visit(window, to);
  }
}

std::int64_t sample_floats(const std::int64_t (&size)[kSpatial], std::int64_t channels) noexcept {
  return size[0] * size[1] * size[2] * channels;
}

// Is every input element in exactly one window?
bool windows_tile_input(const WindowGeometry& window) noexcept {
  for (int axis = 0; axis < kSpatial; ++axis) {
    const bool is_dense = window.dilation[axis] == 1 && window.pad[axis] == 0;
    const bool is_disjoint = window.stride[axis] == window.kernel[axis];
    const bool is_covered = window.output[axis] * window.stride[axis] == window.input[axis];
    if (!is_dense || !is_disjoint || !is_covered) return false;
  }
  return true;
}

// ---- the loops that all share ----

// visit(window, input offset of the sample, output offset of the pixel); rows of the output are independent.
template <class Visit>
void for_each_row(const PoolProblem& problem, ThreadPool& pool, Visit visit) noexcept {
  const std::int64_t* output = problem.window.output;
  const std::int64_t rows_of_sample = output[0] * output[1], rows = problem.batch * rows_of_sample;
  const std::int64_t input_floats = sample_floats(problem.window.input, problem.channels);
  const std::int64_t output_floats = sample_floats(problem.window.output, problem.channels);
  const std::int64_t rows_per_item = 1 + kItemFloats * rows_of_sample / input_floats;
  parallel_for(pool, (rows + rows_per_item - 1) / rows_per_item, [&](std::int64_t item, int) noexcept {
    const std::int64_t begin = item * rows_per_item, end = begin + rows_per_item;
    for (std::int64_t i = begin; i < end && i < rows; ++i) {
      const std::int64_t n = i / rows_of_sample, row = i % rows_of_sample;
      for_each_window(problem, row / output[1], row % output[1], [&](const Window& window, std::int64_t to) noexcept {
        visit(window, n * input_floats, n * output_floats + to);
      });
    }
  });
}

// As for_each_row, but a sample after the other inside an item, after its gradient was cleared.
template <class Visit>
void for_each_cleared_sample(const PoolProblem& problem, float* grad_input, ThreadPool& pool, Visit visit) noexcept {
  const std::int64_t* output = problem.window.output;
  const std::int64_t input_floats = sample_floats(problem.window.input, problem.channels);
  const std::int64_t output_floats = sample_floats(problem.window.output, problem.channels);
  parallel_for(pool, problem.batch, [&](std::int64_t n, int) noexcept {
    std::memset(grad_input + n * input_floats, 0, sizeof(float) * static_cast<std::size_t>(input_floats));
    for (std::int64_t row = 0; row < output[0] * output[1]; ++row) {
      for_each_window(problem, row / output[1], row % output[1], [&](const Window& window, std::int64_t to) noexcept {
        visit(window, n * input_floats, n * output_floats + to);
      });
    }
  });
}

// Calls `visit` so that it may write (`adds` false) or must add (`adds` true) to the gradient of the input.
template <class Visit>
void for_each_gradient_window(const PoolProblem& problem, float* grad_input, ThreadPool& pool, Visit visit) noexcept {
  if (windows_tile_input(problem.window)) {
    for_each_row(problem, pool, [&](const Window& window, std::int64_t in, std::int64_t out) noexcept {
      visit(window, in, out, [](Vector, Vector gradient) noexcept { return gradient; });
    });
  } else {
    for_each_cleared_sample(problem, grad_input, pool,
                            [&](const Window& window, std::int64_t in, std::int64_t out) noexcept {
                              visit(window, in, out, [](Vector sum, Vector value) noexcept { return sum + value; });
                            });
  }
}

// ---- the maximum of one window ----

inline void find_maximum(const PoolProblem& problem, const Window& window, const float* sample, float* output) noexcept {
  for_each_vector(problem.channels, [&](std::int64_t c, auto part) noexcept {
    Vector largest = broadcast(-__builtin_inff());
    for_each_tap(window, [&](std::int64_t tap) noexcept { largest = larger(largest, part.load_from(sample + tap + c)); });
    part.store_to(output + c, largest);
  });
}

// visit(offset, number among all taps of the kernel, inside or not) for each tap inside, in row-major order.
template <class Visit>
inline __attribute__((always_inline)) void for_each_numbered_tap(const PoolProblem& problem, const Window& window,
                                                                 Visit visit) noexcept {
  const std::int64_t* kernel = problem.window.kernel;
  if (kernel[0] * kernel[1] * kernel[2] == window.count()) {  // no tap is outside
    float number = 0;
    for_each_tap(window, [&](std::int64_t offset) noexcept { visit(offset, number++); });
    return;
  }
  std::int64_t d = window.d.begin, h = window.h.begin, w = window.w.begin;
  for_each_tap(window, [&](std::int64_t offset) noexcept {
    visit(offset, static_cast<float>((d * kernel[1] + h) * kernel[2] + w));
    if (++w < window.w.end) return;
    w = window.w.begin;
    if (++h < window.h.end) return;
    h = window.h.begin;
    ++d;
  });
}

inline void find_places(const PoolProblem& problem, const Window& window, const float* sample, float* output,
                        float* places) noexcept {
  for_each_vector(problem.channels, [&](std::int64_t c, auto part) noexcept {
    Vector largest = broadcast(-__builtin_inff()), place = broadcast(-1.0f);
    bool is_first = true;
    for_each_numbered_tap(problem, window, [&](std::int64_t tap, float number) noexcept {
      const Vector value = part.load_from(sample + tap + c);
      largest = is_first ? value : largest;
      place = is_first ? broadcast(number) : place;
      is_first = false;
      // Two choices in a row rather than one by both conditions: masks go straight into the blends.
      const auto choose = [&](Mask wins) noexcept {
        place = select(wins, broadcast(number), place);
        largest = select(wins, value, largest);
      };
      choose(value > largest);
      choose(value != value);  // NaN wins
    });
    part.store_to(output + c, largest);
    part.store_to(places + c, place);
  });
}

float reciprocal_count(const Window& window) noexcept {
  return window.count() > 0 ? 1.0f / static_cast<float>(window.count()) : 0.0f;
}

}  // namespace

void max_pool(const PoolProblem& problem, const float* input, float* output, ThreadPool& pool) noexcept {
  for_each_row(problem, pool, [&](const Window& window, std::int64_t in, std::int64_t out) noexcept {
    find_maximum(problem, window, input + in, output + out);
  });
}

void max_pool_backward(const PoolProblem& problem, const float* input, const float* output, const float* grad_output,
                       float* grad_input, ThreadPool& pool) noexcept {
  for_each_gradient_window(
      problem, grad_input, pool,
      [&](const Window& window, std::int64_t in, std::int64_t out, auto merge) noexcept {
        for_each_vector(problem.channels, [&](std::int64_t c, auto part) noexcept {
          const Vector largest = part.load_from(output + out + c);
          Vector gradient = part.load_from(grad_output + out + c);  // zero once the first maximum has taken it
          for_each_tap(window, [&](std::int64_t tap) noexcept {
            const Mask wins = part.load_from(input + in + tap + c) == largest;
            float* to = grad_input + in + tap + c;
            part.store_to(to, merge(part.load_from(to), select(wins, gradient, Vector{})));
            gradient = select(wins, Vector{}, gradient);
          });
        });
      });
}

// A maximum's place is the number of its tap among all of the kernel's, in row-major order, as a float: it is written
// and read with the values. Taps of a kernel are fewer than 2^24.
void max_pool_places(const PoolProblem& problem, const float* input, float* output, float* places,
                     ThreadPool& pool) noexcept {
  for_each_row(problem, pool, [&](const Window& window, std::int64_t in, std::int64_t out) noexcept {
    find_places(problem, window, input + in, output + out, places + out);
  });
}

void max_pool_sample(const PoolProblem& problem, const float* input, float* output, float* places) noexcept {
  const std::int64_t* size = problem.window.output;
  for (std::int64_t row = 0; row < size[0] * size[1]; ++row) {
    for_each_window(problem, row / size[1], row % size[1], [&](const Window& window, std::int64_t to) noexcept {
      if (places != nullptr) {
        find_places(problem, window, input, output + to, places + to);
      } else {
        find_maximum(problem, window, input, output + to);
      }
    });
  }
}

void max_unpool(const PoolProblem& problem, const float* places, const float* grad_output, float* grad_input,
                ThreadPool& pool) noexcept {
  for_each_gradient_window(
      problem, grad_input, pool,
      [&](const Window& window, std::int64_t in, std::int64_t out, auto merge) noexcept {
        for_each_vector(problem.channels, [&](std::int64_t c, auto part) noexcept {
          const Vector place = part.load_from(places + out + c);
          const Vector gradient = part.load_from(grad_output + out + c);
          for_each_numbered_tap(problem, window, [&](std::int64_t tap, float number) noexcept {
            float* to = grad_input + in + tap + c;
            const Vector share = select(place == broadcast(number), gradient, Vector{});
            part.store_to(to, merge(part.load_from(to), share));
          });
        });
      });
}

void max_pool_select(const PoolProblem& problem, const float* input, const float* output, const float* values,
                     float* selected, ThreadPool& pool) noexcept {
  for_each_row(problem, pool, [&](const Window& window, std::int64_t in, std::int64_t out) noexcept {
    for_each_vector(problem.channels, [&](std::int64_t c, auto part) noexcept {
      const Vector largest = part.load_from(output + out + c);
      Vector chosen{};
      Mask is_open = ~Mask{};  // the first maximum has not come yet
      for_each_tap(window, [&](std::int64_t tap) noexcept {
        const Mask wins = is_open & (part.load_from(input + in + tap + c) == largest);
        chosen = select(wins, part.load_from(values + in + tap + c), chosen);
        is_open &= ~wins;
      });
      part.store_to(selected + out + c, chosen);
    });
  });
}

void average_pool(const PoolProblem& problem, const float* input, float* output, ThreadPool& pool) noexcept {
  for_each_row(problem, pool, [&](const Window& window, std::int64_t in, std::int64_t out) noexcept {
    const float scale = reciprocal_count(window);
    for_each_vector(problem.channels, [&](std::int64_t c, auto part) noexcept {
      const float* from = input + in + c;
      Vector sum{};
      for_each_tap(window, [&](std::int64_t tap) noexcept { sum += part.load_from(from + tap); });
      part.store_to(output + out + c, sum * scale);
    });
  });
}

void average_pool_backward(const PoolProblem& problem, const float* grad_output, float* grad_input,
                           ThreadPool& pool) noexcept {
  for_each_gradient_window(
      problem, grad_input, pool,
      [&](const Window& window, std::int64_t in, std::int64_t out, auto merge) noexcept {
        const float scale = reciprocal_count(window);
        for_each_vector(problem.channels, [&](std::int64_t c, auto part) noexcept {
          const Vector share = part.load_from(grad_output + out + c) * scale;
          for_each_tap(window, [&](std::int64_t tap) noexcept {
            float* to = grad_input + in + tap + c;
            part.store_to(to, merge(part.load_from(to), share));
          });
        });
      });
}

}  // namespace pellucid::PELLUCID_ISA
