#include "voxels/resample.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "voxels/axis.h"
#include "voxels/corners.h"
#include "voxels/error.h"
#include "voxels/half.h"
#include "voxels/resample_corners.h"
#include "voxels/slices.h"
#include "voxels/spline.h"

namespace nnunet::voxels {

std::optional<int> separateAxis(const Spacing3& current, const Spacing3& target, std::optional<bool> force) {
  constexpr double kAnisotropic = 3.0;
  const auto coarse = [](const Spacing3& spacing) {
    const double largest = *std::max_element(spacing.begin(), spacing.end());
    std::vector<int> axes;
    for (int i = 0; i < 3; ++i) {
      if (largest / spacing[i] == 1.0) axes.push_back(i);
    }
    // Two or three coarse axes: no single one to treat by itself.
    return axes.size() == 1 ? std::optional<int>(axes[0]) : std::nullopt;
  };
  const auto anisotropic = [](const Spacing3& spacing) {
    const auto [low, high] = std::minmax_element(spacing.begin(), spacing.end());
    return *high / *low > kAnisotropic;
  };
  if (force) return *force ? coarse(current) : std::nullopt;
  if (anisotropic(current)) return coarse(current);
  if (anisotropic(target)) return coarse(target);
  return std::nullopt;
}

Shape3 resampledShape(const Shape3& shape, const Spacing3& current, const Spacing3& target) {
  Shape3 result;
  for (int i = 0; i < 3; ++i) {
    // nearbyint in the default rounding mode: half to even, as numpy and Python.
    result[i] = static_cast<int64_t>(std::nearbyint(current[i] / target[i] * static_cast<double>(shape[i])));
  }
  return result;
}

CornerSampler cornerSampler(const ResampleGeometry& geometry, int order, std::optional<int> separate) {
  const auto axis = [&](int i) {
    const bool nearest = order == 0 || separate == i;
    return nearest ? nearestAxis(geometry.shape[i], geometry.newShape[i])
                   : linearAxis(geometry.shape[i], geometry.newShape[i]);
  };
  return {axis(0), axis(1), axis(2)};
}

namespace {

void store(const double* row, int64_t count, float* out, int64_t stride) {
  for (int64_t i = 0; i < count; ++i) out[i * stride] = static_cast<float>(row[i]);
}
void store(const double* row, int64_t count, uint16_t* out, int64_t stride) {
  if (stride == 1) return doubleToHalf(std::span(row, count), std::span(out, count));
  for (int64_t i = 0; i < count; ++i) out[i * stride] = doubleToHalf(row[i]);
}

template <class Element>
void resampleCorners(const Element* in, Element* out, const ResampleGeometry& geometry, const CornerSampler& sampler,
                     const RunOptions& run) {
  const Shape3& size = geometry.newShape;
  const int64_t volume = voxelCount(geometry.shape);
  parallelFor(geometry.channels * size[0], 1, run, [&](int64_t begin, int64_t end) {
    CornerSampler::Scratch scratch;
    std::vector<double> row(size[2]);
    for (int64_t plane = begin; plane < end; ++plane) {
      for (int64_t y = 0; y < size[1]; ++y) {
        sampler.row(in + plane / size[0] * volume, plane % size[0], y, row.data(), scratch);
        store(row.data(), size[2], out + (plane * size[1] + y) * size[2], 1);
      }
    }
  });
}

/// One slice, resampled in its plane in float64.
void resamplePlane(const float* plane, int64_t rows, int64_t columns, int64_t newRows, int64_t newColumns, int order,
                   const RowSink& sink) {
  if (rows == newRows && columns == newColumns) {
    std::vector<double> row(columns);
    for (int64_t r = 0; r < rows; ++r) {
      std::copy_n(plane + r * columns, columns, row.data());
      sink(0, r, row.data());
    }
  } else if (order == 3) {
    cubicPlane(plane, rows, columns, newRows, newColumns, sink);
  } else {
    ResampleGeometry geometry;
    geometry.shape = {1, rows, columns};
    geometry.newShape = {1, newRows, newColumns};
    const CornerSampler sampler = cornerSampler(geometry, order, std::nullopt);
    CornerSampler::Scratch scratch;
    std::vector<double> row(newColumns);
    for (int64_t r = 0; r < newRows; ++r) {
      sampler.row(plane, 0, r, row.data(), scratch);
      sink(0, r, row.data());
    }
  }
}

/// Every slice across `axis` by itself, then the nearest slice for every output slice. Only slices that are used are
/// resampled.
template <class Element>
void resampleSlicesNearest(const Element* in, Element* out, const ResampleGeometry& geometry, int axis, int order,
                           const RunOptions& run) {
  const SliceAxes axes = sliceAxes(axis);
  const LinearAxis along = nearestAxis(geometry.shape[axis], geometry.newShape[axis]);
  std::map<int32_t, std::vector<int64_t>> users;
  for (int64_t o = 0; o < along.outSize(); ++o) users[along.low[o]].push_back(o);
  const std::vector<std::pair<int32_t, std::vector<int64_t>>> slices(users.begin(), users.end());
  parallelFor(static_cast<int64_t>(slices.size()), 1, run, [&](int64_t begin, int64_t end) {
    std::vector<Element> plane(geometry.shape[axes.rows] * geometry.shape[axes.columns]);
    std::vector<float> values(plane.size());
    for (int64_t i = begin; i < end; ++i) {
      readSlice(in, geometry.shape, axis, slices[i].first, plane.data());
      if constexpr (std::is_same_v<Element, float>) {
        values.swap(plane);
      } else {
        halfToFloat(plane, values);
      }
      resamplePlane(values.data(), geometry.shape[axes.rows], geometry.shape[axes.columns],
                    geometry.newShape[axes.rows], geometry.newShape[axes.columns], order,
                    [&](int64_t, int64_t y, const double* row) {
                      for (const int64_t o : slices[i].second) {
                        const SliceRow at = sliceRow(geometry.newShape, axis, o, y);
                        store(row, geometry.newShape[axes.columns], out + at.offset, at.stride);
                      }
                    });
    }
  });
}

void alongFirstAxis(const double* in, double* out, int64_t count, int64_t inSize, int64_t outSize, int order,
                    const RunOptions& run) {
  if (order == 3) return cubicAlongFirstAxis(in, out, count, CubicAxis(inSize, outSize), run);
  const LinearAxis axis = linearAxis(inSize, outSize);
  parallelFor(outSize, 1, run, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) {
      const double* low = in + axis.low[o] * count;
      const double* high = in + axis.high[o] * count;
      for (int64_t i = 0; i < count; ++i) {
        out[o * count + i] = low[i] * axis.lowWeight[o] + high[i] * axis.highWeight[o];
      }
    }
  });
}

/// Every slice by itself, then interpolation between slices. Never nnU-Net's default, hence plain: the whole channel is
/// held in float64.
template <class Element>
void resampleSlicesSmooth(const Element* in, Element* out, const ResampleGeometry& geometry, int axis,
                          const ResampleSettings& settings, const RunOptions& run) {
  const SliceAxes axes = sliceAxes(axis);
  const int64_t newRows = geometry.newShape[axes.rows];
  const int64_t newColumns = geometry.newShape[axes.columns];
  const int64_t planeSize = newRows * newColumns;
  std::vector<double> stack(geometry.shape[axis] * planeSize);
  parallelFor(geometry.shape[axis], 1, run, [&](int64_t begin, int64_t end) {
    std::vector<Element> plane(geometry.shape[axes.rows] * geometry.shape[axes.columns]);
    std::vector<float> values(plane.size());
    for (int64_t i = begin; i < end; ++i) {
      readSlice(in, geometry.shape, axis, i, plane.data());
      if constexpr (std::is_same_v<Element, float>) {
        values.swap(plane);
      } else {
        halfToFloat(plane, values);
      }
      resamplePlane(values.data(), geometry.shape[axes.rows], geometry.shape[axes.columns], newRows, newColumns,
                    settings.order, [&](int64_t, int64_t y, const double* row) {
                      std::copy_n(row, newColumns, &stack[i * planeSize + y * newColumns]);
                    });
    }
  });
  std::vector<double> result(geometry.newShape[axis] * planeSize);
  if (geometry.shape[axis] == geometry.newShape[axis]) {
    result.swap(stack);
  } else {
    alongFirstAxis(stack.data(), result.data(), planeSize, geometry.shape[axis], geometry.newShape[axis],
                   settings.orderZ, run);
  }
  for (int64_t o = 0; o < geometry.newShape[axis]; ++o) {
    for (int64_t y = 0; y < newRows; ++y) {
      const SliceRow at = sliceRow(geometry.newShape, axis, o, y);
      store(&result[o * planeSize + y * newColumns], newColumns, out + at.offset, at.stride);
    }
  }
}

template <class Element>
void resampleCubic(const Element* in, Element* out, const ResampleGeometry& geometry, const RunOptions& run) {
  const Shape3& size = geometry.newShape;
  const RowSink sink = [&](int64_t z, int64_t y, const double* row) {
    store(row, size[2], out + (z * size[1] + y) * size[2], 1);
  };
  if constexpr (std::is_same_v<Element, float>) {
    cubicVolume(in, geometry.shape, size, sink, run);
  } else {
    std::vector<float> values(voxelCount(geometry.shape));
    halfToFloat(std::span(in, values.size()), values);
    cubicVolume(values.data(), geometry.shape, size, sink, run);
  }
}

template <class Element>
void resampleContinuous(std::span<const Element> in, std::span<Element> out, const ResampleGeometry& geometry,
                        const ResampleSettings& settings, const RunOptions& run) {
  checkResampling(in.size(), out.size(), geometry, settings);
  if (geometry.shape == geometry.newShape) {
    std::copy(in.begin(), in.end(), out.begin());
    return;
  }
  const std::optional<int> separate = separateAxis(geometry.spacing, geometry.newSpacing, settings.forceSeparateZ);
  if (usesCorners(settings, separate)) {
    return resampleCorners(in.data(), out.data(), geometry, cornerSampler(geometry, settings.order, separate), run);
  }
  for (int64_t c = 0; c < geometry.channels; ++c) {
    const Element* from = in.data() + c * voxelCount(geometry.shape);
    Element* to = out.data() + c * voxelCount(geometry.newShape);
    if (!separate) {
      resampleCubic(from, to, geometry, run);
    } else if (settings.orderZ == 0) {
      resampleSlicesNearest(from, to, geometry, *separate, settings.order, run);
    } else {
      resampleSlicesSmooth(from, to, geometry, *separate, settings, run);
    }
  }
}

}  // namespace

void checkResampling(size_t in, size_t out, const ResampleGeometry& geometry, const ResampleSettings& settings) {
  for (int i = 0; i < 3; ++i) {
    if (geometry.shape[i] < 1 || geometry.newShape[i] < 1) {
      throw VoxelError("empty-shape", "A volume without voxels cannot be resampled");
    }
    if (!(geometry.spacing[i] > 0) || !(geometry.newSpacing[i] > 0)) {
      throw VoxelError("bad-spacing", "Spacings must be positive");
    }
  }
  if (static_cast<int64_t>(in) != voxelCount(geometry.channels, geometry.shape) ||
      static_cast<int64_t>(out) != voxelCount(geometry.channels, geometry.newShape)) {
    throw VoxelError("shape-mismatch", "The data to resample does not have the shape it is said to have");
  }
  for (const int order : {settings.order, settings.orderZ}) {
    if (order != 0 && order != 1 && order != 3) {
      throw VoxelError("unsupported-order",
                       "Interpolation order " + std::to_string(order) + " is not supported: use 0, 1 or 3");
    }
  }
}

bool usesCorners(const ResampleSettings& settings, std::optional<int> separate) {
  return settings.order <= 1 && (!separate || settings.orderZ == 0);
}

void resampleImage(std::span<const float> in, std::span<float> out, const ResampleGeometry& geometry,
                   const ResampleSettings& settings, const RunOptions& run) {
  resampleContinuous(in, out, geometry, settings, run);
}

void resampleLogits(std::span<const uint16_t> in, std::span<uint16_t> out, const ResampleGeometry& geometry,
                    const ResampleSettings& settings, const RunOptions& run) {
  resampleContinuous(in, out, geometry, settings, run);
}

}  // namespace nnunet::voxels
