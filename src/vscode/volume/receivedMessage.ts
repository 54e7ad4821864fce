/** Is something that a page sent a message of the volume editor's? */
import type { VolumeToHost } from '../../protocol/volume';

const fields: Readonly<Record<VolumeToHost['type'], readonly string[]>> = {
  ready: [],
  cancel: ['id'],
  reopen: [],
  crosshair: ['voxel'],
  defect: ['message'],
  showCase: ['step', 'by'],
  loadImage: ['id', 'channel', 'frame'],
  loadSegmentation: ['id', 'segmentation'],
  compare: ['id', 'prediction', 'reference'],
  difference: ['id', 'prediction', 'reference'],
  chooseSegmentation: ['id'],
  save: ['id', 'suffix', 'kind', 'bytes'],
};

export function isMessage(value: unknown): value is VolumeToHost {
  if (typeof value !== 'object' || value === null) return false;
  const { type } = value as { type?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) return false;
  if (type === 'showCase') {
    const { step, by } = value as { step?: unknown; by?: unknown };
    return (step === 1 || step === -1) && (by === 'order' || by === 'dice');
  }
  return fields[type as VolumeToHost['type']].every((key) => key in value);
}
