#include "trainer/prediction/npy_writer.h"

#include "trainer/atomic_file.h"

namespace nnunet {

void writeNpy(const std::string& file, const std::string& type, const std::vector<int64_t>& shape,
              std::span<const std::byte> values) {
  std::string sizes;
  for (const int64_t size : shape) sizes += std::to_string(size) + ",";
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  // Magic, version and length take 10 bytes; the whole is padded to a multiple of 64 and ends with a line feed.
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  const auto length = static_cast<uint16_t>(header.size());
  const unsigned char start[10] = {0x93,
                                   'N',
                                   'U',
                                   'M',
                                   'P',
                                   'Y',
                                   1,
                                   0,
                                   static_cast<unsigned char>(length & 0xff),
                                   static_cast<unsigned char>(length >> 8)};
  AtomicFile out(file);
  out.write(start, sizeof start);
  out.write(header.data(), header.size());
  out.write(values.data(), values.size());
  out.commit();
}

}  // namespace nnunet
