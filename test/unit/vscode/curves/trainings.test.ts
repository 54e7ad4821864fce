import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import type { KnownTraining } from '../../../../src/jobs/knownJob';
import type { Roots } from '../../../../src/dataset/roots';
import { listTrainings, usualChoice } from '../../../../src/vscode/curves/trainings';
import { scratchFolder } from '../../dataset/scratch';

it('a training that was started just now can be chosen before it has a log, and comes first', async (context) => {
  const root = await scratchFolder(context);
  const folders = { raw: join(root, 'raw'), preprocessed: join(root, 'preprocessed'), results: join(root, 'results') };
  const roots = { ...folders, sources: {} } as Roots;
  const model = join(folders.results, 'Dataset001_Study', 'nnUNetTrainer__nnUNetPlans__2d');
  await mkdir(join(model, 'fold_0'), { recursive: true });
  await writeFile(join(model, 'fold_0', 'events.jsonl'), '{"type":"finished","state":"done"}\n');
  const known = (fold: string, state: string) =>
    ({
      folder: join(model, `fold_${fold}`),
      status: { state },
      training: {
        ...{ dataset: 'Dataset001_Study', trainer: 'nnUNetTrainer', plans: 'nnUNetPlans', configuration: '2d', fold },
      },
    }) as unknown as KnownTraining;
  const trainings = await listTrainings(roots, [known('0', 'finished'), known('1', 'running'), known('2', 'failed')]);
  assert.deepEqual(
    trainings.map(({ dataset, configuration, fold, isRunning }) => [dataset, configuration, fold, isRunning]),
    [
      ['Dataset001_Study', '2d', 'fold 1', true],
      ['Dataset001_Study', '2d', 'fold 0', false],
    ],
  );
  assert.deepEqual(usualChoice(trainings), [join(model, 'fold_1')]);
});
