/** Does for checkpoints.py what it can't do in Python: a JSON list of [command, ...arguments] on stdin, each one of ours. */
import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { readBlosc2 } from '../../src/dataset/blosc2';
import { writeBlosc2 } from '../../src/dataset/blosc2Writer';
import { readNpy, writeNpy } from '../../src/dataset/npy';
import { readNpz, writeNpz } from '../../src/dataset/npz';
import { casePickle, readCasePickle } from '../../src/dataset/properties';
import { pthToSafetensors, safetensorsToPth } from '../../src/engine/checkpoint';
import { networkTensors, type NetworkDescription } from '../../src/engine/parameterNames';
import type { DatasetJson } from '../../src/method/datasetJson';
import { parseJson } from '../../src/method/jsonReader';
import type { Plans } from '../../src/method/plans';

type Arguments = [string, string, string, string];

const commands: Record<string, (...args: Arguments) => Promise<unknown>> = {
  'pth-to-safetensors': (source, target) => pthToSafetensors(source, target),
  'safetensors-to-pth': async (source, target, model, configuration) => {
    const json = async (name: string) => parseJson(await readFile(`${model}/${name}`, 'utf8'), name);
    const plans = (await json('plans.json')) as Plans;
    const datasetJson = (await json('dataset.json')) as DatasetJson;
    const rest = { configuration, fold: 0, trainerName: 'nnUNetTrainer', mirroringAxes: [0, 1, 2] };
    await safetensorsToPth(source, target, { plans, datasetJson, ...rest });
  },
  'b2nd-to-npy': async (source, target) => writeNpy(target, await readBlosc2(source)),
  'npy-to-b2nd': async (source, target) => writeBlosc2(target, await readNpy(source)),
  keys: async (source, target) => {
    const { keys, tensors } = networkTensors(JSON.parse(await readFile(source, 'utf8')) as NetworkDescription);
    const shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
    await writeFile(target, JSON.stringify(keys.map(([key, name]) => [key, shapes.get(name)])));
  },
  npy: async (source, target) => writeNpy(target, await readNpy(source)),
  npz: async (source, target) => writeNpz(target, await readNpz(source)),
  pkl: async (source, target) => {
    const requests = [[1], [2], [-1, 0, 1, 2]];
    const { properties, locations } = await readCasePickle(source, requests);
    await writeFile(target, casePickle(properties, locations, requests));
  },
};

async function main(): Promise<void> {
  for (const [command, ...args] of JSON.parse(await text(process.stdin)) as [string, ...Arguments][]) {
    await commands[command]!(...args);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
