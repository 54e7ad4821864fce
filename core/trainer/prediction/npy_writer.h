/** Writes numpy's .npy files: version 1.0 header, C order, little-endian; atomically (temporary name, sync, rename). */
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nnunet {

/** `type` is numpy's name of the values: "|u1", "<u2", "<f2", "<f4". Throws CoreError "write-failed". */
void writeNpy(const std::string& file, const std::string& type, const std::vector<int64_t>& shape,
              std::span<const std::byte> values);

}  // namespace nnunet
