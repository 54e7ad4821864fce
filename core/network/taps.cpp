#include "network/taps.h"

namespace nnunet::network {
namespace {

/** Calls body(z, y, x) for each place of a box. */
template <class Body>
void forEachPlace(const Axes& box, const Body& body) {
  for (int64_t z = 0; z < box[0]; ++z)
    for (int64_t y = 0; y < box[1]; ++y)
      for (int64_t x = 0; x < box[2]; ++x) body(Axes{z, y, x});
}

int64_t placeIn(const Axes& kernel, const Axes& at) {
  return (at[0] * kernel[1] + at[1]) * kernel[2] + at[2];
}

}  // namespace

Axes paddingOf(const Axes& kernel) {
  return {(kernel[0] - 1) / 2, (kernel[1] - 1) / 2, (kernel[2] - 1) / 2};
}

TapRun convolutionTaps(const Axes& kernel, const Axes& stride, const Axes& padding, const Axes& target) {
  TapRun run{{0, 0, 0}, {1, 1, 1}, target, stride, {}};
  forEachPlace(kernel, [&](const Axes& at) {
    run.taps.push_back({placeIn(kernel, at), {at[0] - padding[0], at[1] - padding[1], at[2] - padding[2]}});
  });
  return run;
}

std::vector<TapRun> transposedTaps(const Axes& kernel, const Axes& stride, const Axes& padding, const Axes& target) {
  std::vector<TapRun> runs;
  forEachPlace(stride, [&](const Axes& phase) {
    TapRun run{phase, stride, {}, {1, 1, 1}, {}};
    for (int axis = 0; axis < 3; ++axis)
      run.count[axis] = (target[axis] - phase[axis] + stride[axis] - 1) / stride[axis];
    forEachPlace(kernel, [&](const Axes& at) {
      Tap tap{placeIn(kernel, at), {}};
      for (int axis = 0; axis < 3; ++axis) {
        const int64_t reach = phase[axis] + padding[axis] - at[axis];
        if (reach % stride[axis] != 0) return;
        tap.offset[axis] = reach / stride[axis];
      }
      run.taps.push_back(tap);
    });
    if (product(run.count) > 0) runs.push_back(run);
  });
  return runs;
}

}  // namespace nnunet::network
