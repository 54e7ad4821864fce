#include "trainer/data/npy.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "trainer/events.h"
#include "voxels/element_count.h"

namespace nnunet::data {
namespace {

const char* const again = "Preprocess the dataset again.";

CoreError damaged(const std::string& path, const std::string& problem) {
  return {"data-file-invalid", "The file " + problem, again, path};
}

// What follows "'key':" in the header's dictionary, without leading blanks.
std::optional<std::string_view> entry(std::string_view header, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::string quoted = quote + std::string(key) + quote;
    const size_t at = header.find(quoted);
    if (at == std::string_view::npos) continue;
    header.remove_prefix(at + quoted.size());
    const size_t start = header.find_first_not_of(" :");
    if (start != std::string_view::npos) return header.substr(start);
  }
  return std::nullopt;
}

std::optional<std::vector<int64_t>> parseShape(std::string_view text) {
  if (text.empty() || text[0] != '(') return std::nullopt;
  const size_t end = text.find(')');
  if (end == std::string_view::npos) return std::nullopt;
  std::vector<int64_t> shape;
  int64_t number = -1;  // none
  for (const char c : text.substr(1, end - 1)) {
    if (c >= '0' && c <= '9') {
      if (number > (std::numeric_limits<int64_t>::max() - 9) / 10) return std::nullopt;
      number = std::max<int64_t>(number, 0) * 10 + (c - '0');
    } else if (c == ',') {
      if (number < 0) return std::nullopt;
      shape.push_back(number);
      number = -1;
    } else if (c != ' ' && c != 'L') {
      return std::nullopt;
    }
  }
  if (number >= 0) shape.push_back(number);
  return shape;
}

struct Element {
  NpyType type;
  int64_t bytes;
};

std::optional<Element> parseType(std::string_view text) {
  if (text.size() < 5) return std::nullopt;
  const std::string_view name = text.substr(1, 3);
  if (name == "<f4") return Element{NpyType::Float32, 4};
  if (name == "<i4") return Element{NpyType::Int32, 4};
  if (name == "<i2") return Element{NpyType::Int16, 2};
  if (name == "|i1" || name == "<i1") return Element{NpyType::Int8, 1};
  if (name == "|u1" || name == "<u1") return Element{NpyType::Uint8, 1};
  return std::nullopt;
}

}  // namespace

NpyFile NpyFile::open(const std::string& path) {
  const auto mapping = MappedFile::open(path);
  const std::string_view file = mapping->bytes();
  if (file.size() < 12 || file.substr(0, 6) != "\x93NUMPY") throw damaged(path, "is not a .npy file");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(file[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3) throw damaged(path, "has an unknown .npy version");
  const size_t start = version == 1 ? 10 : 12;
  const size_t length =
      version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (length > file.size() - start) throw damaged(path, "ends within its header");
  const std::string_view header = file.substr(start, length);

  const auto descr = entry(header, "descr"), order = entry(header, "fortran_order"), extents = entry(header, "shape");
  const auto shape = extents ? parseShape(*extents) : std::nullopt;
  if (!descr || !order || !shape) throw damaged(path, "has an incomplete header");
  const auto element = parseType(*descr);
  if (!element)
    throw damaged(path, "holds values of type " + std::string(descr->substr(0, descr->find(','))) +
                            ", not float32, int32, int16, int8 or uint8");
  if (!order->starts_with("False")) throw damaged(path, "is in Fortran order");

  NpyFile result;
  result.path_ = path;
  result.type_ = element->type;
  result.shape_ = *shape;
  const auto count = voxels::elementCount(*shape);
  if (!count) throw damaged(path, "has an impossible shape");
  result.size_ = *count;
  const auto available = static_cast<int64_t>(file.size() - start - length);
  const int64_t needed = result.size_ * element->bytes;
  if (needed != available)
    throw damaged(path, "has " + std::to_string(available) + " bytes of values instead of " + std::to_string(needed) +
                            (needed > available ? ": it is cut off" : ""));
  if ((start + length) % static_cast<size_t>(element->bytes) != 0) throw damaged(path, "is not aligned");
  result.values_ = file.data() + start + length;
  mapping->requireWhole();
  result.mapping_ = mapping;
  return result;
}

void NpyFile::throwWrongType() const {
  throw damaged(path_, "holds values of an unexpected type");
}

}  // namespace nnunet::data
