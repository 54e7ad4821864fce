/** Before anything long or lasting is done: is there an engine, and has it the device that is asked for? */
import { coreInfo, type CoreInfo } from '../engine/core';
import { EngineError } from '../method/errors';

/** @throws EngineError `core-missing`, `device-missing` */
export async function requireEngine(device: string): Promise<CoreInfo> {
  const info = await coreInfo();
  const isThere = (name: string): boolean => name === device || name.split(':')[0] === device;
  if (device === 'auto' || info.devices.some(isThere)) return info;
  throw new EngineError(
    'device-missing',
    `The device "${device}" is not there; this machine has ${info.devices.join(', ')}`,
    {
      hint: 'Leave out --device, or see "nnunet engine" for what is found.',
    },
  );
}
