/** Which devices of this machine trainings can take turns on. */
import { coreInfo } from '../engine/core';

let known: Promise<string[]> | undefined;

/** As the engine names them ("cuda:0", "cuda:1", "cpu"), asked once; none where there is no engine: starting a run says so. */
export function machineDevices(): Promise<string[]> {
  known ??= coreInfo().then(
    ({ devices }) => devices,
    () => {
      known = undefined;
      return [];
    },
  );
  return known;
}

/** Where a run asked for as `device` may go, best first: any GPU where there are several and none was named. */
export function placesFor(device: string, machine: readonly string[]): string[] {
  const gpus = machine.filter((name) => name.startsWith('cuda:'));
  return gpus.length > 1 && (device === 'auto' || device === 'cuda') ? gpus : [device];
}

/** In words that a person knows: "auto" is the GPU where there is one, else the processor. */
export function deviceMeant(device: string, machine: readonly string[]): string {
  if (device !== 'auto') return device;
  return machine[0]?.startsWith('cuda:') ? 'cuda' : (machine[0] ?? device);
}

/** Whether two `--device` values may mean the same device; "auto" may mean any. */
export function sharesDevice(a: string, b: string): boolean {
  const [one, other] = [a, b].map((device) => (device === 'cuda' ? 'cuda:0' : device));
  return one === other || one === 'auto' || other === 'auto';
}
