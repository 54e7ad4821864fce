/** Do commands that ask several questions go back, and on where they were left? */
import * as assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { DatasetReference } from '../../src/dataset/references';
import { openSample } from './datasets';
import { workspacePath } from './extension';
import { QuickInputs } from './quickInputs';

export function wizards(): void {
  describe('commands that ask several questions', () => {
    let inputs: QuickInputs;
    let dataset: DatasetReference;
    /** The folder of the dataset, once it is made. */
    const made = (): string | undefined => {
      const name = readdirSync(workspacePath('nnUNet_raw')).find((one) => one.endsWith('_Heart'));
      return name && workspacePath('nnUNet_raw', name);
    };

    before(async () => {
      ({ dataset } = await openSample());
      inputs = new QuickInputs();
      for (const [from, to] of [
        ['imagesTr', 'images'],
        ['labelsTr', 'masks'],
      ] as const) {
        mkdirSync(workspacePath('study', to), { recursive: true });
        for (const name of await readdir(join(dataset.raw, from)))
          copyFileSync(join(dataset.raw, from, name), workspacePath('study', to, name));
      }
    });

    after(async () => {
      inputs.restore();
      await rm(workspacePath('study'), { recursive: true });
      await rm(made()!, { recursive: true });
      await vscode.commands.executeCommand('notifications.clearAll');
    });

    it('goes back from a line to a list, which has the answer of before at hand', async () => {
      const done = vscode.commands.executeCommand('nnunet.createDataset');
      const first = await inputs.list(/Where are the images/);
      assert.deepEqual([first.input.title, first.input.step, first.input.totalSteps], ['Create Dataset', 1, 5]);
      assert.deepEqual(first.input.buttons, []);
      first.input.selectedItems = first.input.items.filter(({ label }) => label === 'study/images');
      first.accept();
      await inputs.choose(/Where are the masks/, 'study/masks');
      const name = await inputs.line(/4 training/);
      assert.equal(name.input.step, 3);
      name.type('Heart');
      await name.back();
      const labels = await inputs.list(/Where are the masks/);
      assert.deepEqual(
        labels.input.activeItems.map(({ label }) => label),
        ['study/masks'],
      );
      await labels.back();
      await inputs.choose(/Where are the images/, 'study/images');
      await inputs.choose(/Where are the masks/, 'study/masks');
      const again = await inputs.line(/4 training/);
      assert.equal(again.input.value, 'Heart', 'what was typed is lost');
      again.accept();
      const channels = await inputs.line(/normalization/);
      channels.type('T1');
      await channels.escape();
      await done;
      assert.equal(made(), undefined);
    });

    it('goes on where it was left, with what was typed', async () => {
      const done = vscode.commands.executeCommand('nnunet.createDataset');
      const offered = await inputs.list(/go on where you left/);
      assert.equal(offered.input.items[0]?.detail, 'study/images · study/masks · Heart');
      offered.input.selectedItems = offered.input.items.slice(0, 1);
      offered.accept();
      const channels = await inputs.line(/normalization/);
      assert.deepEqual([channels.input.value, channels.input.step], ['T1', 4]);
      channels.accept();
      const labels = await inputs.line(/order of their values/);
      labels.accept();
      await done;
      const json = JSON.parse(readFileSync(join(made()!, 'dataset.json'), 'utf8')) as Record<string, object>;
      assert.deepEqual(json['channel_names'], { 0: 'T1' });
    });

    it('asks from the beginning once its work is done, and goes back in the questions of a training', async () => {
      const again = vscode.commands.executeCommand('nnunet.createDataset');
      await (await inputs.list(/Where are the images/)).escape();
      await again;
      const training = vscode.commands.executeCommand('nnunet.train', dataset.folderName);
      const configuration = await inputs.list(/Which configuration/);
      assert.equal(configuration.input.totalSteps, 3);
      configuration.input.selectedItems = configuration.input.items.filter(({ label }) => label === '2d');
      configuration.accept();
      await inputs.choose(/How long/, 'Custom…');
      const length = await inputs.line(/Number of epochs/);
      length.type('7');
      await length.back();
      const lengths = await inputs.list(/How long/);
      await lengths.back();
      const first = await inputs.list(/Which configuration/);
      assert.deepEqual(
        first.input.activeItems.map(({ label }) => label),
        ['2d'],
      );
      await first.escape();
      await training;
    });

    it('asks what to compare for the best model, with what is there, and how long all of it may take', async () => {
      const finding = vscode.commands.executeCommand('nnunet.findBest', dataset.folderName);
      const configurations = await inputs.list(/Which configurations/);
      assert.deepEqual(
        configurations.input.items.map(({ label }) => label),
        ['2d', '3d_fullres'],
      );
      for (const { description } of configurations.input.items) assert.match(description!, /folds? trained/);
      assert.equal(configurations.input.selectedItems.length, 2, 'all of them, unless told otherwise');
      configurations.input.selectedItems = configurations.input.items.slice(0, 1);
      configurations.accept();
      const length = await inputs.list(/How long\? \d+ trainings? missing/);
      assert.match(length.input.items[0]!.description!, /10 h for all together, about .* each/);
      await length.back();
      const again = await inputs.list(/Which configurations/);
      assert.deepEqual(
        again.input.selectedItems.map(({ label }) => label),
        ['2d'],
      );
      await again.escape();
      await finding;
    });
  });
}
