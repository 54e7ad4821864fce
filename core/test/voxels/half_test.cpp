#include "voxels/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace nnunet::voxels {
namespace {

/// All finite float16 values from 0 up, exact in float64, plus the first power of two beyond.
std::vector<double> finiteHalfs() {
  std::vector<double> values;
  for (int bits = 0; bits < 0x7c00; ++bits) values.push_back(halfToFloat(static_cast<uint16_t>(bits)));
  values.push_back(65536.0);
  return values;
}

TEST(Half, ReadsTheValueOfEveryBitPattern) {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const int exponent = bits >> 10 & 31;
    const double mantissa = bits & 1023;
    double expected = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    if (exponent == 31) expected = mantissa == 0 ? std::numeric_limits<double>::infinity() : std::nan("");
    if (bits & 0x8000) expected = -expected;
    const float value = halfToFloat(static_cast<uint16_t>(bits));
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(value));
    } else {
      EXPECT_EQ(value, expected);
      EXPECT_EQ(std::signbit(value), std::signbit(expected));
    }
  }
}

TEST(Half, RoundsToNearestAndTiesToEven) {
  const std::vector<double> values = finiteHalfs();
  for (int bits = 0; bits < 0x7c00; ++bits) {
    const double low = values[bits];
    const double middle = (low + values[bits + 1]) / 2;
    const auto even = static_cast<uint16_t>(bits % 2 == 0 ? bits : bits + 1);
    for (const int sign : {0, 0x8000}) {
      const double s = sign != 0 ? -1 : 1;
      ASSERT_EQ(floatToHalf(static_cast<float>(s * low)), bits | sign);
      ASSERT_EQ(floatToHalf(static_cast<float>(s * middle)), even | sign);
      ASSERT_EQ(doubleToHalf(s * middle), even | sign);
      // One unit of float64 beside the tie: going through float32 would round to the tie first.
      ASSERT_EQ(doubleToHalf(s * std::nextafter(middle, 0.0)), bits | sign);
      ASSERT_EQ(doubleToHalf(s * std::nextafter(middle, 1e9)), (bits + 1) | sign);
    }
  }
}

TEST(Half, HasInfinityAndNaN) {
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(65519.9f), 0x7bff);
  EXPECT_EQ(doubleToHalf(-1e300), 0xfc00);
  EXPECT_EQ(floatToHalf(-std::numeric_limits<float>::infinity()), 0xfc00);
  EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(std::nanf("")))));
  EXPECT_TRUE(std::isnan(halfToFloat(doubleToHalf(std::nan("")))));
}

TEST(Half, ConvertsRowsLikeSingleValues) {
  std::vector<float> values;
  std::vector<double> doubles;
  std::vector<uint16_t> bits;
  for (int i = 0; i < 1237; ++i) {
    doubles.push_back(std::sin(i * 0.37) * std::pow(2.0, i % 40 - 24));
    values.push_back(static_cast<float>(doubles.back()));
    bits.push_back(static_cast<uint16_t>(i * 53));
  }
  std::vector<uint16_t> halfs(values.size());
  std::vector<uint16_t> halfsOfDoubles(values.size());
  std::vector<float> floats(values.size());
  floatToHalf(values, halfs);
  doubleToHalf(doubles, halfsOfDoubles);
  halfToFloat(bits, floats);
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(halfs[i], floatToHalf(values[i]));
    EXPECT_EQ(halfsOfDoubles[i], doubleToHalf(doubles[i]));
    if (!std::isnan(floats[i])) {
      EXPECT_EQ(floats[i], halfToFloat(bits[i]));
    }
  }
}

}  // namespace
}  // namespace nnunet::voxels
