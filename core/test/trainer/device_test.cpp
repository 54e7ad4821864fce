#include "trainer/device.h"

#include <gtest/gtest.h>

#include "trainer/network/instruction_set.h"

namespace nnunet {
namespace {

TEST(Precision, OfAPredictionIsFloat32OnEveryMachine) {
  for (const bool hasMatrixUnits : {false, true})
    for (const auto type : {torch::kCPU, torch::kCUDA, torch::kMPS})
      EXPECT_EQ(automaticPrecision(Use::prediction, type, hasMatrixUnits), Precision::fp32);
}

TEST(Precision, OfATrainingIsTheFasterOne) {
  EXPECT_EQ(automaticPrecision(Use::training, torch::kCPU, false), Precision::fp32);
  EXPECT_EQ(automaticPrecision(Use::training, torch::kCPU, true), Precision::bf16);
  EXPECT_EQ(automaticPrecision(Use::training, torch::kCUDA, true), Precision::fp16);
}

TEST(Precision, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW(choosePrecision("fp8", Use::prediction, torch::kCPU), CoreError);
  EXPECT_THROW(choosePrecision("fp16", Use::prediction, torch::kCPU), CoreError);
}

TEST(InstructionSet, CanBeAskedForByName) {
  EXPECT_EQ(instructionSetNamed("baseline"), InstructionSet::baseline);
  EXPECT_GE(instructionSetNamed(""), InstructionSet::baseline);
  EXPECT_THROW(instructionSetNamed("sse9"), CoreError);
}

}  // namespace
}  // namespace nnunet
