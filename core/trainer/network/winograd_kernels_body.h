/**
 * The Winograd kernels for vectors of `Lanes` floats. Included once by each instruction set's file, which is compiled
 * with that set's flags; everything is in an unnamed namespace, so the copies never meet.
 */
#pragma once

#include <algorithm>

#include "trainer/network/winograd_kernels.h"

namespace nnunet::winograd {
namespace {

template <int Lanes>
struct VectorOf;
template <>
struct VectorOf<8> {
  typedef float Type __attribute__((vector_size(32), aligned(4), may_alias));
};
template <>
struct VectorOf<16> {
  typedef float Type __attribute__((vector_size(64), aligned(4), may_alias));
};

template <int Lanes>
struct Body {
  using Vector = typename VectorOf<Lanes>::Type;
  static constexpr int kPanel = 2 * Lanes;
  /** Rows of the register tile: with two vectors a row, accumulators fill the register file. */
  static constexpr int kRows = Lanes == 16 ? 12 : 6;

  static Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
  static void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

  struct Position {
    int64_t z, y, x;  ///< of the tile's first output voxel
  };
  static Position positionOf(const Shape& s, int64_t tile) {
    const int64_t nx = tilesAlong(s.width), ny = tilesAlong(s.height);
    const int64_t z = tile / (nx * ny);
    return {s.deep ? 2 * z : z, tile / nx % ny * 2, tile % nx * 2};
  }

  /** Along one axis: B^T d. */
  static void forward(Vector& a, Vector& b, Vector& c, Vector& d) {
    const Vector b0 = b;
    a = a - c;
    b = b0 + c;
    d = b0 - d;
    c = c - b0;
  }

  /** Where the rows of a row of tiles lie: one for each z and y of a tile, in this order. */
  struct Rows {
    int64_t offset[16];
    bool exists[16];
    bool all;  ///< every row lies within the volume
  };
  static Rows rowsOf(const Shape& s, int64_t channels, const Position& p) {
    Rows rows{{}, {}, true};
    for (int i = 0; i < (s.deep ? 16 : 4); ++i) {
      const int64_t z = s.deep ? p.z - 1 + i / 4 : p.z, y = p.y - 1 + i % 4;
      rows.offset[i] = (z * s.height + y) * s.width * channels;
      rows.exists[i] = z >= 0 && z < s.depth && y >= 0 && y < s.height;
      rows.all = rows.all && rows.exists[i];
    }
    return rows;
  }

  /** All rows at one x, transformed along y and z. */
  template <bool Deep>
  static void transformColumn(const float* voxel, const Rows& rows, Vector* column) {
    constexpr int count = Deep ? 16 : 4;
    Vector v[count];
    if (rows.all) {
      for (int i = 0; i < count; ++i) v[i] = load(voxel + rows.offset[i]);
    } else {
      for (int i = 0; i < count; ++i) v[i] = rows.exists[i] ? load(voxel + rows.offset[i]) : Vector{};
    }
    for (int i = 0; i < count; i += 4) forward(v[i], v[i + 1], v[i + 2], v[i + 3]);
    if constexpr (Deep)
      for (int i = 0; i < 4; ++i) forward(v[i], v[i + 4], v[i + 8], v[i + 12]);
    for (int i = 0; i < count; ++i) column[i] = v[i];
  }

  /** Neighbours along x share two of their four columns: each column is read and transformed once. */
  template <bool Deep>
  static void transformRow(const Shape& s, const float* input, int64_t channels, const Position& p, int64_t tiles,
                           int64_t pointStride, float* transformed) {
    constexpr int count = Deep ? 16 : 4;
    const Rows rows = rowsOf(s, channels, p);
    for (int64_t c = 0; c < channels; c += Lanes) {
      Vector columns[4][count];
      const auto enter = [&](int64_t x) {
        Vector* column = columns[(x + 1) & 3];
        if (x >= 0 && x < s.width) {
          transformColumn<Deep>(input + x * channels + c, rows, column);
        } else {
          for (int i = 0; i < count; ++i) column[i] = Vector{};
        }
      };
      enter(p.x - 1);
      enter(p.x);
      for (int64_t t = 0; t < tiles; ++t) {
        const int64_t x = p.x + 2 * t;
        enter(x + 1);
        enter(x + 2);
        const Vector *first = columns[x & 3], *second = columns[(x + 1) & 3], *third = columns[(x + 2) & 3],
                     *fourth = columns[(x + 3) & 3];
        float* target = transformed + t * channels + c;
        for (int i = 0; i < count; ++i, target += 4 * pointStride) {
          Vector v0 = first[i], v1 = second[i], v2 = third[i], v3 = fourth[i];
          forward(v0, v1, v2, v3);
          store(target, v0);
          store(target + pointStride, v1);
          store(target + 2 * pointStride, v2);
          store(target + 3 * pointStride, v3);
        }
      }
    }
  }

  static void transformInput(const Shape& s, const float* input, int64_t channels, Tiles tiles, float* transformed) {
    const int64_t perRow = tilesAlong(s.width);
    for (int64_t t = 0; t < tiles.count;) {
      const int64_t tile = tiles.first + t, inRow = std::min(perRow - tile % perRow, tiles.count - t);
      const auto transform = s.deep ? transformRow<true> : transformRow<false>;
      transform(s, input, channels, positionOf(s, tile), inRow, tiles.count * channels, transformed + t * channels);
      t += inRow;
    }
  }

  /** Along one axis: A dy, two values to four. */
  static void spread(Vector a, Vector b, Vector* r, int stride) {
    r[0] = a;
    r[stride] = a + b;
    r[2 * stride] = a - b;
    r[3 * stride] = -b;
  }

  static void transformGradient(const Shape& s, const float* gradient, Tiles tiles, float* transformed) {
    const int64_t channels = s.out, pointStride = tiles.count * channels, slices = s.deep ? 2 : 1;
    const int64_t rowStride = s.width * channels, sliceStride = s.height * rowStride;
    for (int64_t t = 0; t < tiles.count; ++t) {
      const Position p = positionOf(s, tiles.first + t);
      for (int64_t c = 0; c < channels; c += Lanes) {
        Vector plane[2][16];
        for (int64_t dz = 0; dz < slices; ++dz) {
          Vector v[4];
          for (int i = 0; i < 4; ++i) {
            const int64_t z = p.z + dz, y = p.y + i / 2, x = p.x + i % 2;
            const bool exists = z < s.depth && y < s.height && x < s.width;
            v[i] = exists ? load(gradient + z * sliceStride + y * rowStride + x * channels + c) : Vector{};
          }
          Vector rows[2][4];
          for (int i = 0; i < 2; ++i) spread(v[2 * i], v[2 * i + 1], rows[i], 1);
          for (int i = 0; i < 4; ++i) spread(rows[0][i], rows[1][i], plane[dz] + i, 4);
        }
        float* target = transformed + t * channels + c;
        for (int i = 0; i < 16; ++i) {
          if (!s.deep) {
            store(target + i * pointStride, plane[0][i]);
            continue;
          }
          Vector deep[4];
          spread(plane[0][i], plane[1][i], deep, 1);
          for (int dz = 0; dz < 4; ++dz) store(target + (dz * 16 + i) * pointStride, deep[dz]);
        }
      }
    }
  }

  static void transformOutput(const Shape& s, const float* product, Tiles tiles, float* output) {
    const int64_t channels = s.out, pointStride = tiles.count * channels, slices = s.deep ? 4 : 1;
    const int64_t rowStride = s.width * channels, sliceStride = s.height * rowStride;
    for (int64_t t = 0; t < tiles.count; ++t) {
      const Position p = positionOf(s, tiles.first + t);
      for (int64_t c = 0; c < channels; c += Lanes) {
        const float* source = product + t * channels + c;
        Vector plane[4][4];
        for (int64_t dz = 0; dz < slices; ++dz) {
          Vector rows[2][4];
          for (int i = 0; i < 4; ++i) {
            const float* column = source + (dz * 16 + i) * pointStride;
            const Vector m0 = load(column), m1 = load(column + 4 * pointStride), m2 = load(column + 8 * pointStride),
                         m3 = load(column + 12 * pointStride);
            rows[0][i] = m0 + m1 + m2;
            rows[1][i] = m1 - m2 - m3;
          }
          for (int i = 0; i < 2; ++i) {
            plane[dz][2 * i] = rows[i][0] + rows[i][1] + rows[i][2];
            plane[dz][2 * i + 1] = rows[i][1] - rows[i][2] - rows[i][3];
          }
        }
        for (int i = 0; i < 4; ++i) {
          const int64_t y = p.y + i / 2, x = p.x + i % 2;
          if (y >= s.height || x >= s.width) continue;
          float* target = output + p.z * sliceStride + y * rowStride + x * channels + c;
          if (!s.deep) {
            store(target, plane[0][i]);
            continue;
          }
          store(target, plane[0][i] + plane[1][i] + plane[2][i]);
          if (p.z + 1 < s.depth) store(target + sliceStride, plane[1][i] - plane[2][i] - plane[3][i]);
        }
      }
    }
  }

  /** R rows of A (row stride k) times a panel of B (k x Vectors * Lanes) into C. */
  template <int R, int Vectors>
  static void microMultiply(const float* a, int64_t k, const float* b, float* c, int64_t cStride) {
    Vector sum[R][Vectors] = {};
    for (int64_t i = 0; i < k; ++i, b += Vectors * Lanes) {
      Vector panel[Vectors];
      for (int v = 0; v < Vectors; ++v) panel[v] = load(b + v * Lanes);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const float scalar = a[r * k + i];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sum[r][v] += scalar * panel[v];
      }
    }
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < Vectors; ++v) store(c + r * cStride + v * Lanes, sum[r][v]);
  }

  template <int Vectors>
  static void multiplyPanel(int64_t rows, const float* a, int64_t k, const float* b, float* c, int64_t cStride) {
    int64_t r = 0;
    for (; r + kRows <= rows; r += kRows) microMultiply<kRows, Vectors>(a + r * k, k, b, c + r * cStride, cStride);
    for (; r + 4 <= rows; r += 4) microMultiply<4, Vectors>(a + r * k, k, b, c + r * cStride, cStride);
    for (; r < rows; ++r) microMultiply<1, Vectors>(a + r * k, k, b, c + r * cStride, cStride);
  }

  static void multiply(const Shape& s, int64_t tiles, const float* input, const float* weight, float* product) {
    for (int64_t point = 0; point < pointsOf(s); ++point) {
      const float* a = input + point * tiles * s.in;
      const float* b = weight + point * s.in * s.out;
      float* c = product + point * tiles * s.out;
      int64_t out = 0;
      for (; out + kPanel <= s.out; out += kPanel, b += s.in * kPanel)
        multiplyPanel<2>(tiles, a, s.in, b, c + out, s.out);
      if (out < s.out) multiplyPanel<1>(tiles, a, s.in, b, c + out, s.out);
    }
  }

  /** sums (R x Vectors * Lanes, row stride out) += sum over tiles of a[tile][r] * y[tile][:]. */
  template <int R, int Vectors>
  static void microAccumulate(const float* a, int64_t in, const float* y, int64_t out, int64_t tiles, float* sums) {
    Vector sum[R][Vectors];
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < Vectors; ++v) sum[r][v] = load(sums + r * out + v * Lanes);
    for (int64_t t = 0; t < tiles; ++t, a += in, y += out) {
      Vector row[Vectors];
      for (int v = 0; v < Vectors; ++v) row[v] = load(y + v * Lanes);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const float scalar = a[r];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sum[r][v] += scalar * row[v];
      }
    }
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < Vectors; ++v) store(sums + r * out + v * Lanes, sum[r][v]);
  }

  static void accumulateWeight(const Shape& s, int64_t tiles, const float* input, const float* gradient, float* sums) {
    constexpr int R = Lanes == 16 ? 8 : 4;  // divides every channel count
    for (int64_t point = 0; point < pointsOf(s); ++point) {
      const float* a = input + point * tiles * s.in;
      const float* y = gradient + point * tiles * s.out;
      float* target = sums + point * s.in * s.out;
      for (int64_t in = 0; in < s.in; in += R) {
        int64_t out = 0;
        for (; out + kPanel <= s.out; out += kPanel)
          microAccumulate<R, 2>(a + in, s.in, y + out, s.out, tiles, target + in * s.out + out);
        if (out < s.out) microAccumulate<R, 1>(a + in, s.in, y + out, s.out, tiles, target + in * s.out + out);
      }
    }
  }

  /** Along one axis: G g, three values to four. */
  static void spreadWeight(const Vector* g, int stride, Vector* u, int uStride) {
    const Vector a = g[0], b = g[stride], c = g[2 * stride], half = 0.5f * (a + c), middle = 0.5f * b;
    u[0] = a;
    u[uStride] = half + middle;
    u[2 * uStride] = half - middle;
    u[3 * uStride] = c;
  }
  /** Along one axis: G^T u, four values to three. */
  static void gatherWeight(const Vector* u, int uStride, Vector* g, int stride) {
    const Vector sum = 0.5f * (u[uStride] + u[2 * uStride]), difference = 0.5f * (u[uStride] - u[2 * uStride]);
    g[0] = u[0] + sum;
    g[stride] = difference;
    g[2 * stride] = sum + u[3 * uStride];
  }

  static void transformWeight(const Shape& s, const Weight& w, int64_t firstIn, int64_t lastIn, float* transformed) {
    const int taps = s.deep ? 27 : 9, slices = s.deep ? 3 : 1;
    const int64_t pointStride = s.in * s.out;
    for (int64_t in = firstIn; in < lastIn; ++in)
      for (int64_t out = 0; out < s.out; out += Lanes) {
        Vector g[27];
        for (int lane = 0; lane < Lanes; ++lane) {
          const float* kernel = w.data + (out + lane) * w.outStride + in * w.inStride;
          for (int tap = 0; tap < taps; ++tap) g[tap][lane] = kernel[w.flipped ? taps - 1 - tap : tap];
        }
        Vector plane[3][16];
        for (int dz = 0; dz < slices; ++dz) {
          Vector rows[3][4];
          for (int i = 0; i < 3; ++i) spreadWeight(g + dz * 9 + 3 * i, 1, rows[i], 1);
          for (int i = 0; i < 4; ++i) spreadWeight(&rows[0][i], 4, plane[dz] + i, 4);
        }
        // Panels of two vectors; the last one may be a single vector.
        const int64_t panel = out / kPanel, inPanel = out % kPanel;
        const int64_t panelWidth = (panel + 1) * kPanel <= s.out ? kPanel : Lanes;
        float* target = transformed + panel * kPanel * s.in + in * panelWidth + inPanel;
        for (int i = 0; i < 16; ++i) {
          if (!s.deep) {
            store(target + i * pointStride, plane[0][i]);
            continue;
          }
          Vector deep[4];
          spreadWeight(&plane[0][i], 16, deep, 1);
          for (int dz = 0; dz < 4; ++dz) store(target + (dz * 16 + i) * pointStride, deep[dz]);
        }
      }
  }

  static void finishWeight(const Shape& s, const float* sums, int64_t firstIn, int64_t lastIn, float* gradient) {
    const int taps = s.deep ? 27 : 9, slices = s.deep ? 3 : 1;
    const int64_t pointStride = s.in * s.out;
    for (int64_t in = firstIn; in < lastIn; ++in)
      for (int64_t out = 0; out < s.out; out += Lanes) {
        const float* source = sums + in * s.out + out;
        Vector plane[3][16];
        for (int i = 0; i < 16; ++i) {
          if (!s.deep) {
            plane[0][i] = load(source + i * pointStride);
            continue;
          }
          Vector deep[4];
          for (int dz = 0; dz < 4; ++dz) deep[dz] = load(source + (dz * 16 + i) * pointStride);
          gatherWeight(deep, 1, &plane[0][i], 16);
        }
        Vector g[27];
        for (int dz = 0; dz < slices; ++dz) {
          Vector rows[3][4];
          for (int i = 0; i < 4; ++i) gatherWeight(plane[dz] + i, 4, &rows[0][i], 4);
          for (int i = 0; i < 3; ++i) gatherWeight(rows[i], 1, g + dz * 9 + 3 * i, 1);
        }
        for (int lane = 0; lane < Lanes; ++lane)
          for (int tap = 0; tap < taps; ++tap) gradient[((out + lane) * s.in + in) * taps + tap] = g[tap][lane];
      }
  }

  static const Kernels& table() {
    static const Kernels kernels{Lanes,    transformWeight, transformInput,   transformGradient,
                                 multiply, transformOutput, accumulateWeight, finishWeight};
    return kernels;
  }
};

}  // namespace
}  // namespace nnunet::winograd
