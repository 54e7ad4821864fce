// Assembled with AMX-BF16 (core/CMakeLists.txt); called only where the CPU has it and the system gives the tiles
// (hasAmx).
#include "network/kernels/half_matrix_tiles.h"

namespace nnunet::network {
namespace {

/** The instructions themselves: the compiler's own names for them take no template's number for a tile. */
struct AmxTiles {
  static void configure(const TileShapes* shapes) { asm volatile("ldtilecfg %0" ::"m"(*shapes)); }
  static void release() { asm volatile("tilerelease" ::); }
  template <int Tile>
  static void zero() {
    asm volatile("tilezero %%tmm%c0" ::"i"(Tile));
  }
  template <int Tile>
  static void load(const void* from, int64_t rowBytes) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(rowBytes), "i"(Tile) : "memory");
  }
  template <int Tile>
  static void store(void* to, int64_t rowBytes) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(rowBytes), "i"(Tile) : "memory");
  }
  template <int Sums, int Rows, int Panel>
  static void multiply() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sums), "i"(Rows), "i"(Panel));
  }
};

}  // namespace

const HalfMatrixKernels& amxMatrixKernels() {
  static constexpr HalfMatrixKernels kernels{"amx-bf16", TileProduct<AmxTiles>::multiply};
  return kernels;
}

}  // namespace nnunet::network
