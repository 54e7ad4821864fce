/**
 * The Winograd kernels for vectors of `Lanes` floats. Included once by each instruction set's file, which is compiled
 * with that set's flags; everything is in an unnamed namespace, so the copies never meet. Nothing inline from the
 * standard library is called, whose copies would.
 */
#pragma once

#include <type_traits>

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

/** F(2, 3), from the points 0, 1, -1 and infinity. */
template <int Lanes>
struct AxisOfTwo {
  using Vector = typename VectorOf<Lanes>::Type;

  /** Inputs, in place: B^T d. */
  static void transform(Vector* d, int stride) {
    Vector &a = d[0], &b = d[stride], &c = d[2 * stride], &e = d[3 * stride];
    const Vector second = b;
    a = a - c;
    b = second + c;
    e = second - e;
    c = c - second;
  }
  /** Gradients of the outputs to those of the products: A y. */
  static void spread(const Vector* y, int stride, Vector* r, int rStride) {
    const Vector a = y[0], b = y[stride];
    r[0] = a;
    r[rStride] = a + b;
    r[2 * rStride] = a - b;
    r[3 * rStride] = -b;
  }
  /** Products to outputs: A^T m. */
  static void gather(const Vector* m, int stride, Vector* o, int oStride) {
    o[0] = m[0] + m[stride] + m[2 * stride];
    o[oStride] = m[stride] - m[2 * stride] - m[3 * stride];
  }
  /** Three taps to weights of the products: G g. */
  static void spreadWeight(const Vector* g, int stride, Vector* u, int uStride) {
    const Vector a = g[0], b = g[stride], c = g[2 * stride], half = 0.5f * (a + c), middle = 0.5f * b;
    u[0] = a;
    u[uStride] = half + middle;
    u[2 * uStride] = half - middle;
    u[3 * uStride] = c;
  }
  /** And back, for their gradients: G^T u. */
  static void gatherWeight(const Vector* u, int uStride, Vector* g, int stride) {
    const Vector sum = 0.5f * (u[uStride] + u[2 * uStride]), difference = 0.5f * (u[uStride] - u[2 * uStride]);
    g[0] = u[0] + sum;
    g[stride] = difference;
    g[2 * stride] = sum + u[3 * uStride];
  }
};

/** F(4, 3), from the points 0, 1, -1, 2, -2 and infinity. */
template <int Lanes>
struct AxisOfFour {
  using Vector = typename VectorOf<Lanes>::Type;

  static void transform(Vector* d, int stride) {
    const Vector a = d[0], b = d[stride], c = d[2 * stride], e = d[3 * stride], f = d[4 * stride];
    const Vector even = f - 4.0f * c, odd = e - 4.0f * b, evenTwo = f - c, oddTwo = 2.0f * (e - b);
    d[0] = 4.0f * a - 5.0f * c + f;
    d[stride] = even + odd;
    d[2 * stride] = even - odd;
    d[3 * stride] = evenTwo + oddTwo;
    d[4 * stride] = evenTwo - oddTwo;
    d[5 * stride] = 4.0f * b - 5.0f * e + d[5 * stride];
  }
  static void spread(const Vector* y, int stride, Vector* r, int rStride) {
    const Vector a = y[0], b = y[stride], c = y[2 * stride], e = y[3 * stride];
    const Vector even = a + c, odd = b + e, evenTwo = a + 4.0f * c, oddTwo = 2.0f * b + 8.0f * e;
    r[0] = a;
    r[rStride] = even + odd;
    r[2 * rStride] = even - odd;
    r[3 * rStride] = evenTwo + oddTwo;
    r[4 * rStride] = evenTwo - oddTwo;
    r[5 * rStride] = e;
  }
  static void gather(const Vector* m, int stride, Vector* o, int oStride) {
    const Vector sum = m[stride] + m[2 * stride], difference = m[stride] - m[2 * stride];
    const Vector sumTwo = m[3 * stride] + m[4 * stride], differenceTwo = m[3 * stride] - m[4 * stride];
    o[0] = m[0] + sum + sumTwo;
    o[oStride] = difference + 2.0f * differenceTwo;
    o[2 * oStride] = sum + 4.0f * sumTwo;
    o[3 * oStride] = difference + 8.0f * differenceTwo + m[5 * stride];
  }
  static void spreadWeight(const Vector* g, int stride, Vector* u, int uStride) {
    const Vector a = g[0], b = g[stride], c = g[2 * stride];
    const Vector even = (-1.0f / 6) * (a + c), odd = (1.0f / 6) * b;
    const Vector evenTwo = (1.0f / 24) * a + (1.0f / 6) * c, oddTwo = (1.0f / 12) * b;
    u[0] = 0.25f * a;
    u[uStride] = even - odd;
    u[2 * uStride] = even + odd;
    u[3 * uStride] = evenTwo + oddTwo;
    u[4 * uStride] = evenTwo - oddTwo;
    u[5 * uStride] = c;
  }
  static void gatherWeight(const Vector* u, int uStride, Vector* g, int stride) {
    const Vector sum = (-1.0f / 6) * (u[uStride] + u[2 * uStride]);
    const Vector difference = (1.0f / 6) * (u[2 * uStride] - u[uStride]);
    const Vector sumTwo = u[3 * uStride] + u[4 * uStride], differenceTwo = u[3 * uStride] - u[4 * uStride];
    g[0] = 0.25f * u[0] + sum + (1.0f / 24) * sumTwo;
    g[stride] = difference + (1.0f / 12) * differenceTwo;
    g[2 * stride] = sum + (1.0f / 6) * sumTwo + u[5 * uStride];
  }
};

template <int Lanes>
struct Body {
  using Vector = typename VectorOf<Lanes>::Type;
  static constexpr int kPanel = 2 * Lanes;
  /** Rows of the register tile: with two vectors a row, accumulators fill the register file. */
  static constexpr int kRows = Lanes == 16 ? 12 : 6;

  static Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
  static void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

  /** Minimal filtering along one axis: that many outputs of three taps from two more products. */
  template <int Outputs>
  using Axis = std::conditional_t<Outputs == 4, AxisOfFour<Lanes>, AxisOfTwo<Lanes>>;

  struct Position {
    int64_t z, y, x;  ///< of the tile's first output voxel
  };
  static Position positionOf(const Shape& s, int64_t tile) {
    const int64_t nx = tilesAlong(s.width, widthOfTiles(s)), ny = tilesAlong(s.height);
    const int64_t z = tile / (nx * ny);
    return {s.deep ? 2 * z : z, tile / nx % ny * 2, tile % nx * widthOfTiles(s)};
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

  /** All rows at one x, transformed along y and z. @param voxel of these channels at x = 0 */
  template <bool Deep>
  static void transformColumn(const Shape& s, const float* voxel, int64_t channels, const Rows& rows, int64_t x,
                              Vector* column) {
    constexpr int count = Deep ? 16 : 4;
    Vector v[count] = {};
    if (x >= 0 && x < s.width) {
      voxel += x * channels;
      for (int i = 0; i < count; ++i)
        if (rows.all || rows.exists[i]) v[i] = load(voxel + rows.offset[i]);
      for (int i = 0; i < count; i += 4) Axis<2>::transform(v + i, 1);
      if constexpr (Deep)
        for (int i = 0; i < 4; ++i) Axis<2>::transform(v + i, 4);
    }
    for (int i = 0; i < count; ++i) column[i] = v[i];
  }

  /** Neighbours along x share two columns: each is read and transformed along y and z once. */
  template <bool Deep, int Wide>
  static void transformRow(const Shape& s, const float* input, int64_t channels, const Position& p, int64_t tiles,
                           int64_t pointStride, float* transformed) {
    constexpr int count = Deep ? 16 : 4, points = Wide + 2, ring = 2 * Wide;
    const Rows rows = rowsOf(s, channels, p);
    for (int64_t c = 0; c < s.in; c += Lanes) {
      Vector columns[ring * count];
      for (int64_t next = -1, t = 0; t < tiles; ++t) {
        for (; next <= Wide * (t + 1); ++next)
          transformColumn<Deep>(s, input + c, channels, rows, p.x + next, columns + (next + 1) % ring * count);
        float* target = transformed + t * s.in + c;
        for (int row = 0; row < count; ++row, target += points * pointStride) {
          Vector v[points];
          for (int i = 0; i < points; ++i) v[i] = columns[(Wide * t + i) % ring * count + row];
          Axis<Wide>::transform(v, 1);
          for (int i = 0; i < points; ++i) store(target + i * pointStride, v[i]);
        }
      }
    }
  }

  template <bool Deep, int Wide>
  static void transformInput(const Shape& s, const float* input, int64_t channels, Tiles tiles, float* transformed) {
    const int64_t perRow = tilesAlong(s.width, Wide);
    for (int64_t t = 0; t < tiles.count;) {
      const int64_t tile = tiles.first + t, toEnd = perRow - tile % perRow, left = tiles.count - t;
      const int64_t inRow = toEnd < left ? toEnd : left;
      transformRow<Deep, Wide>(s, input, channels, positionOf(s, tile), inRow, tiles.count * s.in,
                               transformed + t * s.in);
      t += inRow;
    }
  }

  template <bool Deep, int Wide>
  static void transformGradient(const Shape& s, const float* gradient, Tiles tiles, float* transformed) {
    constexpr int slices = Deep ? 2 : 1, points = Wide + 2, plane = 4 * points;
    const int64_t channels = s.out, pointStride = tiles.count * channels;
    const int64_t rowStride = s.width * channels, sliceStride = s.height * rowStride;
    for (int64_t t = 0; t < tiles.count; ++t) {
      const Position p = positionOf(s, tiles.first + t);
      for (int64_t c = 0; c < channels; c += Lanes) {
        Vector planes[slices][plane];
        for (int dz = 0; dz < slices; ++dz) {
          Vector rows[2][points];
          for (int dy = 0; dy < 2; ++dy) {
            Vector v[Wide];
            for (int dx = 0; dx < Wide; ++dx) {
              const int64_t z = p.z + dz, y = p.y + dy, x = p.x + dx;
              const bool exists = z < s.depth && y < s.height && x < s.width;
              v[dx] = exists ? load(gradient + z * sliceStride + y * rowStride + x * channels + c) : Vector{};
            }
            Axis<Wide>::spread(v, 1, rows[dy], 1);
          }
          for (int i = 0; i < points; ++i) Axis<2>::spread(&rows[0][i], points, planes[dz] + i, points);
        }
        float* target = transformed + t * channels + c;
        for (int i = 0; i < plane; ++i) {
          if constexpr (Deep) {
            Vector deep[4];
            Axis<2>::spread(&planes[0][i], plane, deep, 1);
            for (int dz = 0; dz < 4; ++dz) store(target + (dz * plane + i) * pointStride, deep[dz]);
          } else {
            store(target + i * pointStride, planes[0][i]);
          }
        }
      }
    }
  }

  template <bool Deep, int Wide>
  static void transformOutput(const Shape& s, const float* product, Tiles tiles, float* output) {
    constexpr int slices = Deep ? 4 : 1, points = Wide + 2, plane = 4 * points;
    const int64_t channels = s.out, pointStride = tiles.count * channels;
    const int64_t rowStride = s.width * channels, sliceStride = s.height * rowStride;
    for (int64_t t = 0; t < tiles.count; ++t) {
      const Position p = positionOf(s, tiles.first + t);
      for (int64_t c = 0; c < channels; c += Lanes) {
        const float* source = product + t * channels + c;
        Vector planes[slices][2 * Wide];
        for (int dz = 0; dz < slices; ++dz) {
          Vector rows[2][points];
          for (int i = 0; i < points; ++i) {
            Vector column[4];
            for (int dy = 0; dy < 4; ++dy) column[dy] = load(source + (dz * plane + dy * points + i) * pointStride);
            Axis<2>::gather(column, 1, &rows[0][i], points);
          }
          for (int dy = 0; dy < 2; ++dy) Axis<Wide>::gather(rows[dy], 1, planes[dz] + dy * Wide, 1);
        }
        for (int i = 0; i < 2 * Wide; ++i) {
          const int64_t y = p.y + i / Wide, x = p.x + i % Wide;
          if (y >= s.height || x >= s.width) continue;
          float* target = output + p.z * sliceStride + y * rowStride + x * channels + c;
          if constexpr (Deep) {
            Vector deep[2];
            Axis<2>::gather(&planes[0][i], 2 * Wide, deep, 1);
            store(target, deep[0]);
            if (p.z + 1 < s.depth) store(target + sliceStride, deep[1]);
          } else {
            store(target, planes[0][i]);
          }
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

  template <bool Deep, int Wide>
  static void transformWeight(const Shape& s, const Weight& w, int64_t firstIn, int64_t lastIn, float* transformed) {
    constexpr int taps = Deep ? 27 : 9, slices = Deep ? 3 : 1, points = Wide + 2, plane = 4 * points;
    const int64_t pointStride = s.in * s.out;
    for (int64_t in = firstIn; in < lastIn; ++in)
      for (int64_t out = 0; out < s.out; out += Lanes) {
        Vector g[taps];
        for (int lane = 0; lane < Lanes; ++lane) {
          const float* kernel = w.data + (out + lane) * w.outStride + in * w.inStride;
          for (int tap = 0; tap < taps; ++tap) g[tap][lane] = kernel[w.flipped ? taps - 1 - tap : tap];
        }
        Vector planes[slices][plane];
        for (int dz = 0; dz < slices; ++dz) {
          Vector rows[3][points];
          for (int i = 0; i < 3; ++i) Axis<Wide>::spreadWeight(g + dz * 9 + 3 * i, 1, rows[i], 1);
          for (int i = 0; i < points; ++i) Axis<2>::spreadWeight(&rows[0][i], points, planes[dz] + i, points);
        }
        // Panels of two vectors; the last one may be a single vector.
        const int64_t panel = out / kPanel, inPanel = out % kPanel;
        const int64_t panelWidth = (panel + 1) * kPanel <= s.out ? kPanel : Lanes;
        float* target = transformed + panel * kPanel * s.in + in * panelWidth + inPanel;
        for (int i = 0; i < plane; ++i) {
          if constexpr (Deep) {
            Vector deep[4];
            Axis<2>::spreadWeight(&planes[0][i], plane, deep, 1);
            for (int dz = 0; dz < 4; ++dz) store(target + (dz * plane + i) * pointStride, deep[dz]);
          } else {
            store(target + i * pointStride, planes[0][i]);
          }
        }
      }
  }

  template <bool Deep, int Wide>
  static void finishWeight(const Shape& s, const float* sums, int64_t firstIn, int64_t lastIn, int64_t outStride,
                           float* gradient) {
    constexpr int taps = Deep ? 27 : 9, slices = Deep ? 3 : 1, points = Wide + 2, plane = 4 * points;
    const int64_t pointStride = s.in * s.out;
    for (int64_t in = firstIn; in < lastIn; ++in)
      for (int64_t out = 0; out < s.out; out += Lanes) {
        const float* source = sums + in * s.out + out;
        Vector planes[slices][plane];
        for (int i = 0; i < plane; ++i) {
          if constexpr (Deep) {
            Vector deep[4];
            for (int dz = 0; dz < 4; ++dz) deep[dz] = load(source + (dz * plane + i) * pointStride);
            Axis<2>::gatherWeight(deep, 1, &planes[0][i], plane);
          } else {
            planes[0][i] = load(source + i * pointStride);
          }
        }
        Vector g[taps];
        for (int dz = 0; dz < slices; ++dz) {
          Vector rows[3][points];
          for (int i = 0; i < points; ++i) Axis<2>::gatherWeight(planes[dz] + i, points, &rows[0][i], points);
          for (int i = 0; i < 3; ++i) Axis<Wide>::gatherWeight(rows[i], 1, g + dz * 9 + 3 * i, 1);
        }
        for (int lane = 0; lane < Lanes; ++lane)
          for (int tap = 0; tap < taps; ++tap) gradient[(out + lane) * outStride + in * taps + tap] = g[tap][lane];
      }
  }

  template <bool Deep, int Wide>
  static constexpr Kernels kernelsOf() {
    return {Lanes,    transformWeight<Deep, Wide>, transformInput<Deep, Wide>, transformGradient<Deep, Wide>,
            multiply, transformOutput<Deep, Wide>, accumulateWeight,           finishWeight<Deep, Wide>};
  }

  static const Kernels& kernels(const Shape& s) {
    static constexpr Kernels flat = kernelsOf<false, 2>(), wide = kernelsOf<false, 4>(), deep = kernelsOf<true, 2>(),
                             deepAndWide = kernelsOf<true, 4>();
    return s.deep ? (isWide(s) ? deepAndWide : deep) : (isWide(s) ? wide : flat);
  }
};

}  // namespace
}  // namespace nnunet::winograd
