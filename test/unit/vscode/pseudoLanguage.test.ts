/** In a language without letters, is any letter left in what the extension says? Then a text does not go through l10n. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import * as l10n from '@vscode/l10n';
import { rootsBelow } from '../../../src/dataset/roots';
import type { RunStatus } from '../../../src/jobs/status';
import type { Waiting } from '../../../src/jobs/job';
import type { ExplorerNode } from '../../../src/vscode/explorer/nodes';
import { lettersLeft } from '../../lettersLeft';
import { repositoryRoot } from '../../shared';
import { scratchFolder, writeText } from '../dataset/scratch';
import { stubVscode } from './vscodeStub';
import { Screen } from './wizard/quickInputs';

const bundle = JSON.parse(readFileSync(join(repositoryRoot, 'l10n/bundle.l10n.json'), 'utf8')) as object;
const withoutLetters = (text: string): string =>
  `[!!${text.replace(/\{\d+\}|[^{}]+/g, (part) => (part.startsWith('{') ? part : part.replace(/\p{L}/gu, '▯')))}!!]`;
const pseudo = Object.fromEntries(Object.keys(bundle).map((text) => [text, withoutLetters(text)]));

function translated(...texts: (string | undefined)[]): void {
  assert.deepEqual(
    texts.filter((text) => lettersLeft(text) !== ''),
    [],
  );
}

describe('in a language without letters', () => {
  const screen = new Screen();
  before(() => {
    l10n.config({ contents: pseudo });
    stubVscode({
      window: screen.window,
      workspace: { workspaceFolders: [], getConfiguration: () => ({ get: () => undefined }) },
      l10n: { t: l10n.t },
      QuickInputButtons: {},
      ProgressLocation: { Window: 10 },
      ThemeIcon: class {},
      CancellationError: class extends Error {},
    });
  });

  it('a text that does not go through l10n would be found', () => {
    assert.throws(() => translated('4 cases'));
    assert.throws(() => translated(l10n.t('{0}: {1}', 'Case', 'more')));
    translated(l10n.t('Training cases'), l10n.t('Case {0}: {1}', 'DATA-1', '/a/b.nii.gz'), '0.250 mm');
  });

  it('the tree is', async (context) => {
    const { appearance } = await import('../../../src/vscode/explorer/present');
    const { Catalog } = await import('../../../src/vscode/catalog/catalog');
    const { ExplorerTree } = await import('../../../src/vscode/explorer/tree');
    const root = await scratchFolder(context);
    const folder = join(root, 'nnUNet_raw', 'Dataset001_Test');
    for (const part of ['imagesTr', 'labelsTr', 'imagesTs']) await mkdir(join(folder, part), { recursive: true });
    for (const file of ['imagesTr/DATA_1_0000', 'labelsTr/DATA_1', 'imagesTr/DATA_2_0000', 'imagesTs/DATA_3_0000'])
      await writeFile(join(folder, `${file}.nii.gz`), '');
    await writeText(join(folder, 'dataset.json'), {
      channel_names: { 0: 'CT' },
      labels: { background: 0, DATA: 1 },
      numTraining: 2,
      file_ending: '.nii.gz',
    });
    const catalog = new Catalog(rootsBelow(root));
    context.after(() => catalog.dispose());
    const tree = new ExplorerTree(catalog);
    const rows: ExplorerNode[] = await tree.roots();
    let count = 0;
    for (const row of rows) {
      count++;
      const { label, description, tooltip, spoken } = appearance(row);
      // What is wrong is said in English, as errors are.
      if (row.kind !== 'case') translated(label, description, tooltip, spoken);
      rows.push(...(await tree.children(row)));
    }
    assert.ok(count >= 6, `${count} rows`);
  });

  it('states, lengths of time and what is waited for are', async () => {
    const { statusLine, rowLine, foldTitle, lengthText } = await import('../../../src/runs/describe');
    const { waitingText, failureText } = await import('../../../src/runs/waitingWords');
    const { formatDuration } = await import('../../../src/runs/duration');
    const { lengthChoices, configurationDetail, describeLength } = await import('../../../src/runs/trainingChoices');
    const { recommend } = await import('../../../src/runs/configurationFacts');
    const states: RunStatus[] = [
      { state: 'running', stage: 'train', epoch: 3, epochs: 10, emaDice: 0.5 },
      { state: 'running', stage: 'preprocess', done: 2, total: 5 },
      { state: 'running' },
      { state: 'finished', epoch: 10, epochs: 10, meanDice: 0.9 },
      { state: 'stopped', epoch: 4, epochs: 10, emaDice: 0.4 },
      { state: 'interrupted' },
      { state: 'failed', epoch: 2, error: { message: 'DATA', hint: 'DATA' } },
      { state: 'running', stage: 'train', epoch: 3, epochs: 10, isStopping: true },
      { state: 'running', stage: 'train', epoch: 3, epochs: 10, stopsAfterEpoch: true },
    ] as RunStatus[];
    for (const status of states) translated(statusLine(status), rowLine(status, 600));
    translated(foldTitle('all'), foldTitle(3), lengthText({ epochs: 5 } as never));
    const waits: Waiting[] = [
      { for: 'jobs', ids: [] },
      { for: 'jobs', ids: ['DATA', 'b'] },
      { for: 'device', device: 'auto', ids: [] },
      { for: 'device', device: 'cpu', ids: ['DATA'] },
      { for: 'memory', neededBytes: 8e9, freeBytes: 1e9 },
      { for: 'disk', neededBytes: 8e9, freeBytes: 1e9 },
      { for: 'host', host: 'DATA' },
      { for: 'scheduler', reason: 'DATA' },
      { for: 'turn' },
    ] as Waiting[];
    for (const wait of waits) translated(waitingText(wait, () => 'DATA'));
    translated(failureText({ code: 'x', message: 'DATA' }));
    for (const seconds of [3, 50, 500, 5000, 500_000]) translated(formatDuration(seconds));
    for (const choice of lengthChoices({ secondsPerEpoch: 100, isMeasured: true }))
      translated(choice.label, choice.description);
    translated(describeLength({ epochs: 5, iterationsPerEpoch: 2 }));
    const facts = ['3d_fullres', '2d', '3d_lowres', 'own'].map((name) => ({ name, patchSize: [8, 8], batchSize: 2 }));
    for (const choice of recommend(facts, { memoryBytes: 1e12, trainsOnCpu: true }))
      translated(choice.why, configurationDetail({ ...choice, secondsPerEpoch: 200 }));
  });

  it('pages are', async () => {
    const { findingsPage } = await import('../../../src/vscode/findings/findingsPage');
    const { summaryPage } = await import('../../../src/vscode/evaluation/summaryPage');
    const { summaryTable } = await import('../../../src/vscode/evaluation/summaryTable');
    const { failurePage } = await import('../../../src/vscode/prediction/modelCardPage');
    const page = { nonce: 'n', language: 'xx' };
    const finding = { code: 'x', severity: 'error', message: 'DATA', fix: 'DATA' } as const;
    const unused = [{ file: 'DATA', reason: 'DATA' }] as never;
    translated(findingsPage({ dataset: 'DATA', findings: [finding], unused }, page));
    translated(findingsPage({ dataset: 'DATA', findings: [], unused: [] }, page));
    const scored = [{ id: 'DATA_1', dice: { 1: 0.5 }, meanDice: 0.5, prediction: '/a/b' }] as never;
    const links = { openCase: () => 'command:x', openJson: 'command:y' };
    translated(summaryPage(summaryTable('/a/DATA', scored, { 1: 'DATA' }), { ...page, ...links }));
    translated(failurePage('DATA', ['DATA'], { ...page, predict: 'command:z' }));
  });

  it('questions are', async () => {
    const { createSampleCommand, createDatasetCommand } = await import('../../../src/vscode/commands/newDataset');
    for (const command of [createSampleCommand, createDatasetCommand]) {
      const done = command({} as never);
      const { title, placeholder, items, escape } = await screen.pick().then((pick) => ({
        ...{ title: pick.title, placeholder: pick.placeholder, items: pick.items },
        escape: () => pick.escape(),
      }));
      assert.ok(items.length > 1);
      translated(title, placeholder, ...items.flatMap(({ label, detail }) => [label, detail as string | undefined]));
      escape();
      await done;
    }
  });

  it('keys of the volume editor are', async () => {
    const { keyGroups } = await import('../../../webview/volume/keys');
    for (const { title, lines } of keyGroups) translated(title, ...lines.map(({ does }) => does));
  });

  it('what package.json says is in package.nls.json', () => {
    const { contributes } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
      contributes: object;
    };
    const said =
      /^(title|shortTitle|name|description|markdownDescription|contents|displayName|userDescription|placeholder)$/;
    const bare: string[] = [];
    const look = (value: unknown, where: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, one] of Object.entries(value)) {
        const isText = typeof one === 'string' && said.test(key) && / /.test(one) && !/^%[^%]+%$/.test(one);
        if (isText) bare.push(`${where}.${key}: ${one}`);
        look(one, `${where}.${key}`);
      }
    };
    // What the tools of language models take is for these to read.
    look({ ...contributes, languageModelTools: [] }, 'contributes');
    assert.deepEqual(bare, []);
  });
});
