#include "trainer/data/npy.h"

#include "trainer/events.h"
#include "volumes.h"

namespace nnunet::data {
namespace {

using test::npyHeader;
using test::TemporaryFolder;
using test::writeNpy;

// The error's code, and its message with the file's name in it.
void expectError(const std::string& path, const std::string& code, const std::string& part) {
  try {
    NpyFile::open(path);
    FAIL() << "no error for " << part;
  } catch (const CoreError& error) {
    EXPECT_EQ(error.code, code);
    EXPECT_EQ(error.where, path);
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    // Whoever shows the error shows where it is, too.
    EXPECT_EQ(std::string(error.what()).find(path), std::string::npos) << error.what();
    EXPECT_FALSE(error.hint.empty());
  }
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

template <class T>
void expectRoundTrip(NpyType type) {
  const TemporaryFolder folder;
  const std::vector<T> values{T(0), T(1), T(2), T(3), T(100), T(5)};
  writeNpy<T>(folder / "a.npy", {1, 2, 3}, values);
  const NpyFile file = NpyFile::open(folder / "a.npy");
  EXPECT_EQ(file.type(), type);
  EXPECT_EQ(file.shape(), (std::vector<int64_t>{1, 2, 3}));
  const auto read = file.values<T>();
  EXPECT_EQ(std::vector<T>(read.begin(), read.end()), values);
}

TEST(Npy, MapsAllTypesOfPreprocessedCases) {
  expectRoundTrip<float>(NpyType::Float32);
  expectRoundTrip<int32_t>(NpyType::Int32);
  expectRoundTrip<int16_t>(NpyType::Int16);
  expectRoundTrip<int8_t>(NpyType::Int8);
  expectRoundTrip<uint8_t>(NpyType::Uint8);
}

TEST(Npy, ReadsOneDimensionAndEmptyArrays) {
  const TemporaryFolder folder;
  writeNpy<int32_t>(folder / "one.npy", {3}, {7, 8, 9});
  EXPECT_EQ(NpyFile::open(folder / "one.npy").shape(), (std::vector<int64_t>{3}));
  writeNpy<int32_t>(folder / "none.npy", {0, 4}, {});
  EXPECT_EQ(NpyFile::open(folder / "none.npy").size(), 0);
}

TEST(Npy, ReadsHeaderVersion2) {
  const TemporaryFolder folder;
  std::string header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }";
  while ((12 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string bytes("\x93NUMPY\x02\x00", 8);
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 255);
  write(folder / "a.npy", bytes + header + std::string("\x05\x00\xff\xff", 4));
  const NpyFile file = NpyFile::open(folder / "a.npy");
  EXPECT_EQ(file.values<int16_t>()[0], 5);
  EXPECT_EQ(file.values<int16_t>()[1], -1);
}

TEST(Npy, SaysWhichFileIsDamagedAndHow) {
  const TemporaryFolder folder;
  const std::string path = folder / "case.npy";
  expectError(path, "data-file-missing", "does not exist");
  write(path, "");
  expectError(path, "data-file-invalid", "is empty");
  write(path, "not an array at all");
  expectError(path, "data-file-invalid", "is not a .npy file");
  write(path, npyHeader("<f4", {10}).substr(0, 40));
  expectError(path, "data-file-invalid", "ends within its header");
  write(path, npyHeader("<f4", {10}) + std::string(39, 'x'));
  expectError(path, "data-file-invalid", "cut off");
  write(path, npyHeader("<f4", {10}) + std::string(41, 'x'));
  expectError(path, "data-file-invalid", "41 bytes of values instead of 40");
  write(path, npyHeader("<f8", {1}) + std::string(8, 'x'));
  expectError(path, "data-file-invalid", "'<f8'");
  write(path, npyHeader(">f4", {1}) + std::string(4, 'x'));
  expectError(path, "data-file-invalid", "'>f4'");
  write(path, npyHeader("<f4", {2, 3}, "True") + std::string(24, 'x'));
  expectError(path, "data-file-invalid", "Fortran");
  write(path, npyHeader("<f4", {int64_t{1} << 62, 4}));
  expectError(path, "data-file-invalid", "impossible shape");
  expectError(folder.path(), "data-file-invalid", "This is not a file");
}

TEST(Npy, SurvivesAFileThatIsCutOffWhileItIsMapped) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.npy";
  const auto page = static_cast<int64_t>(::sysconf(_SC_PAGESIZE));
  const int64_t count = 4 * page;
  for (const int64_t left : {int64_t{64}, page + 64, 4 * count + 100}) {
    writeNpy<float>(path, {count}, std::vector<float>(count, 1.0f));
    const NpyFile file = NpyFile::open(path);
    EXPECT_NO_THROW(file.requireWhole());
    std::filesystem::resize_file(path, left);
    const auto values = file.values<float>();
    float sum = 0;
    for (const float value : values) sum += value;
    EXPECT_LT(sum, static_cast<float>(count)) << "what is gone reads as zeros";
    try {
      file.requireWhole();
      FAIL() << "nothing is said of " << left << " bytes";
    } catch (const CoreError& error) {
      EXPECT_EQ(error.code, "data-file-invalid");
      EXPECT_EQ(error.where, path);
    }
  }
}

TEST(Npy, KeepsReadingAFileThatAnotherOneTookThePlaceOf) {
  const TemporaryFolder folder;
  writeNpy<float>(folder / "a.npy", {20000}, std::vector<float>(20000, 1.0f));
  writeNpy<float>(folder / "b.npy", {1}, {2.0f});
  const NpyFile file = NpyFile::open(folder / "a.npy");
  std::filesystem::rename(folder / "b.npy", folder / "a.npy");
  EXPECT_EQ(file.values<float>()[19999], 1.0f);
  EXPECT_NO_THROW(file.requireWhole());
}

TEST(Npy, RefusesExtentsWhoseProductOverflows) {
  const TemporaryFolder folder;
  const std::string path = folder / "case.npy";
  write(path, npyHeader("<f4", {int64_t{1} << 32, int64_t{1} << 32}));
  expectError(path, "data-file-invalid", "impossible shape");
  write(path, npyHeader("<f4", {0, int64_t{1} << 62, int64_t{1} << 62}));
  expectError(path, "data-file-invalid", "impossible shape");
}

TEST(Npy, RefusesValuesOfAnotherType) {
  const TemporaryFolder folder;
  writeNpy<int16_t>(folder / "a.npy", {1}, {1});
  EXPECT_THROW(NpyFile::open(folder / "a.npy").values<float>(), CoreError);
}

}  // namespace
}  // namespace nnunet::data
