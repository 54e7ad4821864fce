import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { ESLint as ESLintClass, Linter } from 'eslint';
import { repositoryRoot } from '../../shared';

// From node_modules, not bundled: ESLint loads its parts by path.
const load = createRequire(join(repositoryRoot, 'package.json'));
const { ESLint } = load('eslint') as { ESLint: typeof ESLintClass };

describe('the one-way import rule', () => {
  let onlyTheRule: ESLintClass;

  before(async () => {
    const { oneWayImports } = await import(pathToFileURL(join(repositoryRoot, 'tools/lint/one-way-imports.mjs')).href);
    onlyTheRule = new ESLint({
      cwd: repositoryRoot,
      overrideConfigFile: true,
      overrideConfig: {
        files: ['**/*.ts'],
        languageOptions: { parser: load('typescript-eslint').parser as Linter.Parser },
        plugins: { nnunet: { rules: { 'one-way-imports': oneWayImports } } },
        rules: { 'nnunet/one-way-imports': 'error' },
      },
    });
  });

  async function problems(filePath: string, code: string): Promise<string[]> {
    const [result] = await onlyTheRule.lintText(code, { filePath: join(repositoryRoot, filePath) });
    return result!.messages.map((message) => message.message);
  }

  const wrong: [file: string, code: string][] = [
    ['src/method/plans.ts', "import { readNpy } from '../dataset/npy';"],
    ['src/method/plans.ts', "import type { Volume } from '../images/volume';"],
    ['src/method/planner/topology.ts', "export * from '../../pipeline/plan';"],
    ['src/method/plans.ts', "import { readFileSync } from 'node:fs';"],
    ['src/images/nifti.ts', "import { runPlan } from '../pipeline/plan';"],
    ['src/images/nifti.ts', "export { openRun } from '../runs/open';"],
    ['src/images/nifti.ts', "const plan = await import('../pipeline/plan');"],
    ['src/images/nifti.ts', "const plan = require('../pipeline/plan');"],
    ['src/images/nifti.ts', "let plan: import('../pipeline/plan').Plan;"],
    ['src/geometry/matrix.ts', "import { ImageError } from '../method/errors';"],
    ['src/method/plans.ts', "import { applyAffine } from '../geometry/affine';"],
    ['src/geometry/matrix.ts', "import { readFileSync } from 'node:fs';"],
    ['webview/volume/geometry.ts', "import type { ImageHeader } from '../../src/images/types';"],
    ['src/words/counted.ts', "import { NnunetError } from '../method/errors';"],
    ['src/storage/lock.ts', "import { readHeader } from '../images/header';"],
    ['src/storage/lock.ts', "import type { ImageHeader } from '../images/types';"],
    ['src/pipeline/train.ts', "import { main } from '../cli';"],
    ['src/pipeline/train.ts', "import type { Run } from '../runs/open';"],
    ['src/pipeline/train.ts', "import * as vscode from 'vscode';"],
    ['src/cli.ts', "import { window } from 'vscode';"],
    ['src/cli.ts', "import { showTree } from './vscode/explorer/tree';"],
    ['src/runs/status.ts', "import { isEvent } from '../protocol/events';"],
    ['src/protocol/messages.ts', "import type { Run } from '../runs/open';"],
    ['src/protocol/messages.ts', "import { LabelManager } from '../method/labels';"],
    ['webview/curves/main.ts', "import { polyLearningRate } from '../../src/method/schedule';"],
    ['webview/curves/main.ts', "import { helper } from '../../test/shared';"],
    ['src/utils/things.ts', 'export const one = 1;'],
  ];
  for (const [file, code] of wrong) {
    it(`refuses in ${file}: ${code}`, async () => {
      assert.equal((await problems(file, code)).length, 1);
    });
  }

  const right: [file: string, code: string][] = [
    ['src/method/planner/topology.ts', "import { stringifyJson } from '../jsonWriter';"],
    ['src/images/nifti.ts', "import { ImageError } from '../method/errors';"],
    ['src/images/nifti.ts', "import { writeFileAtomic } from '../storage/atomicFile';"],
    ['src/storage/lock.ts', "import { StorageError } from '../method/errors';"],
    ['src/images/nifti.ts', "import { readFile } from 'node:fs/promises';"],
    ['webview/volume/geometry.ts', "import { applyAffine } from '../../src/geometry/affine';"],
    ['webview/volume/quantities.ts', "import { counted } from '../../src/words/counted';"],
    ['src/method/splitsFile.ts', "import { counted } from '../words/counted';"],
    ['src/runs/launch.ts', "import { runPlan } from '../pipeline/plan';"],
    ['src/runs/status.ts', "import type { RunEvent } from '../protocol/events';"],
    ['src/cli.ts', "import { runPlan } from './pipeline/plan'; import { listRuns } from './runs/list';"],
    ['src/cli/train.ts', "import { table } from './table';"],
    ['src/runner.ts', "import { LabelManager } from './method/labels';"],
    ['src/extension.ts', "import * as vscode from 'vscode'; import { registerTree } from './vscode/explorer/tree';"],
    ['src/vscode/explorer/tree.ts', "import { TreeItem } from 'vscode'; import { listRuns } from '../../runs/list';"],
    ['src/protocol/messages.ts', "import { type Plans } from '../method/plans';"],
    [
      'webview/curves/main.ts',
      "import uPlot from 'uplot'; import type { Message } from '../../src/protocol/messages';",
    ],
    ['test/unit/method/plans.test.ts', "import { readPlans } from '../../../src/method/plans';"],
  ];
  for (const [file, code] of right) {
    it(`accepts in ${file}: ${code}`, async () => {
      assert.deepEqual(await problems(file, code), []);
    });
  }

  it('is an error in the configuration that npm run lint uses', async () => {
    const lint = new ESLint({ cwd: repositoryRoot });
    for (const file of [
      'src/method/plans.ts',
      'src/vscode/explorer/tree.ts',
      'src/protocol/x.ts',
      'webview/curves/x.ts',
    ]) {
      const config = (await lint.calculateConfigForFile(join(repositoryRoot, file))) as Linter.Config;
      assert.deepEqual([config.rules?.['nnunet/one-way-imports']].flat()[0], 2, file);
      assert.deepEqual([config.rules?.['import-x/no-cycle']].flat()[0], 2, file);
    }
  });
});
