/** What a person is asked in VS Code before an assistant starts something, and what is started then. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type * as vscode from 'vscode';
import { rootsBelow, type Roots } from '../../../src/dataset/roots';
import { localLauncher } from '../../../src/jobs/local/launch';
import { slurmLauncher } from '../../../src/jobs/slurm/launcher';
import type { Services } from '../../../src/vscode/services';
import { readWaiting } from '../../../src/jobs/waiting';
import { writeGoodDataset } from '../dataset/scratch';
import { fakeSbatch } from '../jobs/slurm/fakeSbatch';
import { stubVscode } from './vscodeStub';

const token = { isCancellationRequested: false, onCancellationRequested: () => undefined };
/** Of a file that somebody else has named. */
const hostile = 'scans [here](command:workbench.action.terminal.new)';

class MarkdownString {
  isTrusted = false;
  value = '';
  appendMarkdown(text: string): this {
    this.value += text;
    return this;
  }
  constructor(value = '') {
    this.value = value;
  }
}

class Part {
  constructor(readonly value: unknown) {}
}

describe('the question before an assistant starts something in VS Code', () => {
  const tools = new Map<string, vscode.LanguageModelTool<object>>();
  const workspace = { isTrusted: true, getConfiguration: () => ({ get: (name: string) => settings.get(name) }) };
  const settings = new Map<string, unknown>();
  const pathBefore = process.env.PATH;
  let roots: Roots;
  let root: string;
  let handedIn: () => string[];

  before(async () => {
    stubVscode({
      lm: { registerTool: (name: string, tool: vscode.LanguageModelTool<object>) => tools.set(name, tool) },
      workspace,
      window: {},
      Disposable: { from: () => ({ dispose: () => undefined }) },
      MarkdownString,
      LanguageModelToolResult: Part,
      LanguageModelTextPart: Part,
    });
    const { registerAssistant } = await import('../../../src/vscode/assistant');
    root = mkdtempSync(join(tmpdir(), 'nnunet-assistant-'));
    roots = rootsBelow(root);
    await writeGoodDataset(join(roots.raw, 'Dataset008_Good'));
    await mkdir(roots.results);
    const slurm = fakeSbatch(join(root, 'bin'));
    process.env.PATH = slurm.path;
    handedIn = slurm.scripts;
    const packageJSON = {
      contributes: {
        languageModelTools: ['nnunet_list_datasets', 'nnunet_start_preprocessing', 'nnunet_start_evaluation'].map(
          (name) => ({ name }),
        ),
      },
    };
    registerAssistant({
      context: { extension: { packageJSON } },
      starter: { launchers: { local: localLauncher(join(root, 'runner.js')), slurm: slurmLauncher() } },
    } as unknown as Services);
  });
  after(() => {
    process.env.PATH = pathBefore;
    rmSync(root, { recursive: true });
  });
  beforeEach(() => {
    settings.clear();
    settings.set('root', root);
    workspace.isTrusted = true;
  });

  const ask = (name: string, input: object) =>
    tools.get(name)!.prepareInvocation!({ input } as never, token as never) as Promise<vscode.PreparedToolInvocation>;
  const invoke = async (name: string, input: object): Promise<string> => {
    const { value } = (await tools.get(name)!.invoke({ input } as never, token as never)) as unknown as {
      value: { value: string }[];
    };
    return value[0]!.value;
  };
  const preprocess = { dataset: '8', configuration: '2d' };

  it('says what would be started, and on the cluster where that is set', async () => {
    const here = await ask('nnunet_start_preprocessing', preprocess);
    assert.equal(here.confirmationMessages!.title, 'Preprocess Dataset008_Good for 2d?');
    assert.doesNotMatch(messageOf(here), /cluster/);
    settings.set('launcher', 'slurm');
    settings.set('slurm.partition', 'gpu');
    assert.match(messageOf(await ask('nnunet_start_preprocessing', preprocess)), /handed to the cluster .*gpu/);
    assert.deepEqual(handedIn(), []);
  });

  it('shows names of files as words only', async () => {
    const folder = join(root, hostile);
    await mkdir(folder);
    const asked = await ask('nnunet_start_evaluation', { dataset: '8', predictions: folder });
    assert.match(messageOf(asked), /workbench/);
    assert.ok(!messageOf(asked).includes(']('));
    assert.equal((asked.confirmationMessages!.message as vscode.MarkdownString).isTrusted, false);
  });

  it('is not asked for what only reads, for what cannot start, and where nothing may', async () => {
    assert.equal(await ask('nnunet_list_datasets', {}), undefined);
    assert.equal(await ask('nnunet_start_preprocessing', { dataset: '99', configuration: '2d' }), undefined);
    settings.set('launcher', 'slurm');
    settings.set('slurm.partition', '--x');
    assert.equal(await ask('nnunet_start_preprocessing', preprocess), undefined);
    assert.match(await invoke('nnunet_start_preprocessing', preprocess), /setting "partition"/);
    settings.delete('launcher');
    workspace.isTrusted = false;
    assert.equal(await ask('nnunet_start_preprocessing', preprocess), undefined);
    assert.match(await invoke('nnunet_start_preprocessing', preprocess), /Restricted Mode/);
    assert.deepEqual(readWaiting(roots.results), []);
  });

  it('comes before what is handed to the cluster', async () => {
    settings.set('launcher', 'slurm');
    assert.match(await invoke('nnunet_start_preprocessing', preprocess), /Preprocess Good 2d waits/);
    assert.equal(handedIn().length, 1);
    const [{ job, handedOver }] = readWaiting(roots.results) as [ReturnType<typeof readWaiting>[0]];
    assert.deepEqual([job.launcher, handedOver?.reason], ['slurm', 'Priority']);
  });
});

function messageOf({ confirmationMessages }: vscode.PreparedToolInvocation): string {
  return (confirmationMessages!.message as vscode.MarkdownString).value;
}
