/** Puts the slabs of an answer together, as the webview does, and checks that each slice came once. */
import assert from 'node:assert/strict';
import type { Slab, VoxelType } from '../../../../src/protocol/volume';

const arrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
} satisfies Record<VoxelType, unknown>;

type Part = Omit<Slab, 'type' | 'id'>;

export class Collected {
  readonly slabs: Part[] = [];
  readonly add = (slab: Part): void => void this.slabs.push(slab);

  /** @param shape (x, y, z) */
  voxels([x, y, z]: readonly number[]): InstanceType<(typeof arrays)[VoxelType]> {
    const slice = x! * y!;
    const Kind = arrays[this.slabs[0]!.voxelType];
    const out = new Kind(slice * z!);
    const seen = new Set<number>();
    for (const { voxelType, firstSlice, slices, data } of this.slabs) {
      assert.equal(voxelType, this.slabs[0]!.voxelType);
      const part = new Kind(data);
      assert.equal(part.length, slices * slice);
      out.set(part, firstSlice * slice);
      for (let k = 0; k < slices; k++) seen.add(firstSlice + k);
    }
    assert.equal(seen.size, z);
    assert.equal(this.slabs.at(-1)!.sent, z);
    return out;
  }
}
