#include "trainer/safetensors.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "trainer/events.h"

namespace nnunet {
namespace {

std::string temporaryFile(const std::string& name) {
  return (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string();
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  const auto file = temporaryFile("nnunet-safetensors-");
  const auto weight = torch::randn({3, 4}), steps = torch::arange(5);
  writeSafetensors(file, {{"weight", weight}, {"steps", steps}, {"empty", torch::empty({0, 2})}},
                   {{"nnunet", "{\"epoch\":3}"}});
  const auto read = readSafetensors(file);
  EXPECT_TRUE(torch::equal(read.tensors.at("weight"), weight));
  EXPECT_TRUE(torch::equal(read.tensors.at("steps"), steps));
  EXPECT_EQ(read.metadata.at("nnunet"), "{\"epoch\":3}");
  std::filesystem::remove(file);
}

TEST(Safetensors, RefusesDamagedFiles) {
  const auto file = temporaryFile("nnunet-damaged-");
  writeSafetensors(file, {{"weight", torch::randn({100})}}, {});
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 4);
  EXPECT_THROW(readSafetensors(file), CoreError);
  std::ofstream(file, std::ios::trunc) << "short";
  EXPECT_THROW(readSafetensors(file), CoreError);
  std::ofstream(file, std::ios::trunc) << std::string(200, '\xff');
  EXPECT_THROW(readSafetensors(file), CoreError);
  std::filesystem::remove(file);
  EXPECT_THROW(readSafetensors(file), CoreError);
}

}  // namespace
}  // namespace nnunet
