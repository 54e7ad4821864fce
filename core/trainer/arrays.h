/**
 * Named arrays in a .safetensors file: an 8-byte header length, a JSON header, raw little-endian numbers.
 * Source: the safetensors format description (huggingface/safetensors).
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "trainer/events.h"

namespace nnunet {

/** Numbers that somebody else owns. */
struct ArrayView {
  std::string name, type;  ///< type: "F32", "I64", ...
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

struct Array {
  std::string type;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;

  std::span<const float> floats() const {
    return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
  }
};

struct ArrayFile {
  std::map<std::string, Array> arrays;
  std::map<std::string, std::string> metadata;  ///< `__metadata__`
};

/** What is done where a checkpoint lacks a weight. */
enum class Missing { refused, left };

/** Gives the memory that an array's numbers are read into. */
using PlaceArray =
    std::function<std::byte*(const std::string& name, const std::string& type, const std::vector<int64_t>& shape)>;

/** Throws CoreError "bad-checkpoint" naming the file and what is wrong with it. @returns the metadata */
std::map<std::string, std::string> readArraysInto(const std::string& file, const PlaceArray& place);
ArrayFile readArrays(const std::string& file);

/** "checkpoint-mismatch", for people. @param problem  "lacks the weight", "has another shape for" */
CoreError weightMismatch(const std::string& file, const std::string& problem, const std::string& name);

/** Writes to a temporary name, syncs, renames: the file is whole or as it was. Throws CoreError "write-failed". */
void writeArrays(const std::string& file, const std::vector<ArrayView>& arrays,
                 const std::map<std::string, std::string>& metadata);

}  // namespace nnunet
