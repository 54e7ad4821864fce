/**
 * Sixteen floats at a time, and the elementary functions on them. The compiler lowers these vectors to whatever the
 * processor has; results are the same bits on all of them, since every lane is computed alike.
 */
#pragma once

#include <cstdint>
#include <cstring>

#include "voxels/simd.h"

namespace nnunet::augment {

constexpr int64_t laneCount = 16;
using Floats = float __attribute__((vector_size(64)));
using Ints = int32_t __attribute__((vector_size(64)));
using Words = uint32_t __attribute__((vector_size(64)));

[[gnu::always_inline]] inline void load(const float* source, Floats& lanes) {
  std::memcpy(&lanes, source, sizeof lanes);
}
[[gnu::always_inline]] inline void store(const Floats& lanes, float* target) {
  std::memcpy(target, &lanes, sizeof lanes);
}

/** log2 as exponent + fraction, x > 0 and normal; the fraction in [-0.5, 0.5], relative error about 1e-7. */
[[gnu::always_inline]] inline void log2Parts(const Floats& x, Floats& exponent, Floats& fraction) {
  const Ints bits = (Ints)x;
  const Ints e = (bits - 0x3f3504f3) >> 23;  // mantissa in [sqrt(0.5), sqrt(2))
  const Floats m = (Floats)(bits - (e << 23));
  exponent = __builtin_convertvector(e, Floats);
  const Floats s = (m - 1.0f) / (m + 1.0f), q = s * s;  // log(m) = 2 atanh(s)
  fraction = s * (2.88539008f + q * (0.961796694f + q * (0.577078016f + q * (0.412198583f + q * 0.320598898f))));
}

/** 2^(whole + fraction) for a whole number and a fraction in about [-1, 1]; below 2^-126 the result is about 0. */
[[gnu::always_inline]] inline void exp2Parts(const Floats& whole, const Floats& fraction, Floats& result) {
  const Floats& f = fraction;
  const Floats p =
      1.0f + f * (0.693147181f +
                  f * (0.240226507f +
                       f * (0.0555041087f +
                            f * (0.00961812911f + f * (0.00133335581f + f * (0.000154035304f + f * 1.52527338e-5f))))));
  const Floats clamped = whole < -126.0f ? Floats{} - 126.0f : whole;
  const Ints e = __builtin_convertvector(clamped, Ints);
  result = p * (Floats)((e + 127) << 23);
}

[[gnu::always_inline]] inline void roundLanes(const Floats& x, Floats& result) {
  result = (x + 12582912.0f) - 12582912.0f;
}

/** An exponent cut into a part whose product with a float's exponent is exact, and the rest. */
struct Power {
  float high, low;
  explicit Power(double exponent) {
    high = static_cast<float>(exponent);
    uint32_t bits;
    std::memcpy(&bits, &high, 4);
    bits &= 0xffffc000;  // 10 bits of mantissa
    std::memcpy(&high, &bits, 4);
    low = static_cast<float>(exponent - high);
  }
};

/** x^power for x in [0, 1] and powers up to 8; relative error below 5e-7. Values below 1e-37 count as 0. */
[[gnu::always_inline]] inline void powLanes(const Floats& x, const Power& power, Floats& result) {
  Floats exponent, fraction, whole;
  log2Parts(x, exponent, fraction);
  const Floats exact = exponent * power.high;
  roundLanes(exact, whole);
  Floats rest = (exact - whole) + (exponent * power.low + fraction * (power.high + power.low)), more;
  roundLanes(rest, more);
  rest -= more;
  exp2Parts(whole + more, rest, result);
  result = x < 1e-37f ? Floats{} : result;
}

}  // namespace nnunet::augment
