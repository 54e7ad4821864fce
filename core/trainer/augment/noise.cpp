#include "trainer/augment/noise.h"

#include "trainer/augment/lanes.h"

namespace nnunet::augment {
namespace {

struct Keys {
  uint32_t first, second, third, fourth;
};

// Two rounds of a multiply-xorshift bijection with low bias (Wellons' "triple32" constants), keyed between them.
[[gnu::always_inline]] inline void hash(const Words& counter, uint32_t before, uint32_t between, Words& x) {
  x = counter ^ before;
  x ^= x >> 17;
  x *= 0xed5ad4bbu;
  x ^= x >> 11;
  x += between;
  x *= 0xac4c1b51u;
  x ^= x >> 15;
  x *= 0x31848babu;
  x ^= x >> 14;
}

// Sixteen pairs of standard normal numbers.
[[gnu::always_inline]] inline void normals(const Words& counter, const Keys& keys, Floats& first, Floats& second) {
  Words a, b;
  hash(counter, keys.first, keys.second, a);
  hash(counter, keys.third, keys.fourth, b);

  const Floats u = (__builtin_convertvector((Ints)(a >> 8), Floats) + 0.5f) * 0x1p-24f;
  Floats exponent, fraction;
  log2Parts(u, exponent, fraction);
  const Floats square = (exponent + fraction) * -1.38629436f;  // -2 ln u
  // sqrt(square) = square / sqrt(square), by Newton's method from the well-known first guess
  Floats root = (Floats)(0x5f3759df - ((Ints)square >> 1));
  root = root * (1.5f - 0.5f * square * root * root);
  root = root * (1.5f - 0.5f * square * root * root);
  root = root * (1.5f - 0.5f * square * root * root);
  const Floats radius = square * root;

  // An angle in [-pi/4, pi/4), then one of eight symmetries of the square from three other bits.
  const Floats t = __builtin_convertvector((Ints)(b >> 8), Floats) * (1.57079633f * 0x1p-24f) - 0.785398163f;
  const Floats q = t * t;
  const Floats sine = t * (1.0f + q * (-0.166666667f + q * (8.33333333e-3f + q * (-1.98412698e-4f + q * 2.75573e-6f))));
  const Floats cosine =
      1.0f + q * (-0.5f + q * (4.16666667e-2f + q * (-1.38888889e-3f + q * (2.48015873e-5f + q * -2.755732e-7f))));
  const Ints swap = (Ints)((b << 31)) != 0;
  const Floats x = swap ? sine : cosine, y = swap ? cosine : sine;
  first = radius * (Floats)((Words)x ^ ((b << 30) & 0x80000000u));
  second = radius * (Floats)((Words)y ^ ((b << 29) & 0x80000000u));
}

NNUNET_SIMD void addNoise(float* values, int64_t count, float sigma, Keys keys) {
  constexpr int64_t step = 2 * laneCount;
  Words counter;
  for (int64_t lane = 0; lane < laneCount; ++lane) counter[lane] = static_cast<uint32_t>(lane);
  Floats first, second, v;
  int64_t i = 0;
  for (; i + step <= count; i += step, counter += static_cast<uint32_t>(laneCount)) {
    normals(counter, keys, first, second);
    load(values + i, v);
    store(v + sigma * first, values + i);
    load(values + i + laneCount, v);
    store(v + sigma * second, values + i + laneCount);
  }
  if (i == count) return;
  normals(counter, keys, first, second);
  for (int64_t k = 0; i + k < count; ++k) values[i + k] += sigma * (k < laneCount ? first[k] : second[k - laneCount]);
}

}  // namespace

NoiseParameters drawNoise(Random& random, const AugmentSettings& settings) {
  NoiseParameters parameters;
  parameters.sigma = random.uniform(settings.noiseSigma);
  parameters.key = random.bits();
  return parameters;
}

void addGaussianNoise(float* values, int64_t count, double sigma, uint64_t key) {
  Random random{key};
  const uint64_t a = random.bits(), b = random.bits();
  addNoise(values, count, static_cast<float>(sigma),
           {static_cast<uint32_t>(a), static_cast<uint32_t>(a >> 32), static_cast<uint32_t>(b),
            static_cast<uint32_t>(b >> 32)});
}

void applyNoise(const Grid<float>& image, const NoiseParameters& parameters) {
  addGaussianNoise(image.data, image.size(), parameters.sigma, parameters.key);
}

}  // namespace nnunet::augment
