/** numpy's .npy files, memory-mapped: the voxels are read from disk when they are touched, and shared by all threads.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "trainer/data/mapped_file.h"

namespace nnunet::data {

enum class NpyType { Float32, Int32, Int16, Int8, Uint8 };

template <class T>
struct NpyTypeOf;
template <>
struct NpyTypeOf<float> {
  static constexpr NpyType value = NpyType::Float32;
};
template <>
struct NpyTypeOf<int32_t> {
  static constexpr NpyType value = NpyType::Int32;
};
template <>
struct NpyTypeOf<int16_t> {
  static constexpr NpyType value = NpyType::Int16;
};
template <>
struct NpyTypeOf<int8_t> {
  static constexpr NpyType value = NpyType::Int8;
};
template <>
struct NpyTypeOf<uint8_t> {
  static constexpr NpyType value = NpyType::Uint8;
};

class NpyFile {
 public:
  /** Little-endian, C order, one of NpyType, header versions 1 to 3. Throws CoreError, which names the file. */
  static NpyFile open(const std::string& path);

  const std::string& path() const { return path_; }
  NpyType type() const { return type_; }
  const std::vector<int64_t>& shape() const { return shape_; }
  int64_t size() const { return size_; }

  /** The values in C order. Throws CoreError if they are of another type. What is read counts after `requireWhole`. */
  template <class T>
  std::span<const T> values() const {
    if (type_ != NpyTypeOf<T>::value) throwWrongType();
    return {static_cast<const T*>(values_), static_cast<size_t>(size_)};
  }

  /** Throws CoreError if the file was cut off since it was opened. */
  void requireWhole() const { mapping_->requireWhole(); }

 private:
  [[noreturn]] void throwWrongType() const;
  std::string path_;
  NpyType type_ = NpyType::Float32;
  std::vector<int64_t> shape_;
  int64_t size_ = 0;
  const void* values_ = nullptr;
  std::shared_ptr<const MappedFile> mapping_;
};

}  // namespace nnunet::data
