/** The server that `nnunet mcp` is, driven by the SDK's own client: a real process. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, type CallToolResult, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { datasetName, leaked, privateDataset } from '../assistant/privateDataset';
import { scratchFolder, writeGoodDataset } from '../dataset/scratch';
import { fakeSbatch } from '../jobs/slurm/fakeSbatch';
import { repositoryRoot } from '../../shared';

interface Connection {
  root: string;
  client: Client;
  /** What the person was asked. */
  asked: string[];
  call(name: string, input?: object): Promise<CallToolResult>;
}

/** @param answer  the person's; absent: the client cannot ask */
async function connect(
  context: TestContext,
  options: { words?: string[]; answer?: ElicitResult; environment?: Record<string, string> } = {},
): Promise<Connection> {
  const { roots } = await privateDataset(context);
  const root = join(roots.raw, '..');
  const { words = [], answer, environment } = options;
  const client = new Client({ name: 'test', version: '1' }, { capabilities: answer ? { elicitation: {} } : {} });
  const asked: string[] = [];
  if (answer) {
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params.message);
      return answer;
    });
  }
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(repositoryRoot, 'dist', 'cli.js'), 'mcp', '--root', root, ...words],
    env: { ...(process.env as Record<string, string>), NNUNET_CORE: join(root, 'none'), ...environment },
    stderr: 'inherit',
  });
  await client.connect(transport);
  context.after(() => client.close());
  return {
    root,
    client,
    asked,
    call: async (name, input = {}) => (await client.callTool({ name, arguments: { ...input } })) as CallToolResult,
  };
}

const textOf = ({ content }: CallToolResult): string => (content[0] as { text: string }).text;
const codeOf = ({ structuredContent }: CallToolResult): unknown => structuredContent?.code;

/** Masks of a good dataset beside the private one, to be evaluated against themselves. */
async function predictions(root: string): Promise<{ dataset: string; folder: string }> {
  const dataset = join(root, 'nnUNet_raw', 'Dataset008_Good');
  await writeGoodDataset(dataset);
  const folder = join(root, 'Masken Otto');
  await cp(join(dataset, 'labelsTr'), folder, { recursive: true });
  await mkdir(join(root, 'nnUNet_results'));
  return { dataset: '8', folder };
}

async function evaluated(folder: string): Promise<void> {
  while (!existsSync(join(folder, 'summary.json'))) await sleep(50);
}

describe('nnunet mcp', () => {
  it('offers tools that say which of them start something', async (context) => {
    const { client } = await connect(context);
    const { tools } = await client.listTools();
    const starting = tools.filter(({ annotations }) => !annotations?.readOnlyHint).map(({ name }) => name);
    assert.deepEqual(starting, [
      'nnunet_start_training',
      'nnunet_start_preprocessing',
      'nnunet_start_prediction',
      'nnunet_start_evaluation',
    ]);
    assert.equal(tools.length, 10);
    assert.match(client.getInstructions() ?? '', /List the datasets/);
  });

  it('tells of datasets without a name, with progress', async (context) => {
    const { client, call } = await connect(context);
    const list = await call('nnunet_list_datasets');
    assert.match(textOf(list), new RegExp(datasetName));
    const updates: unknown[] = [];
    const described = await client.callTool(
      { name: 'nnunet_describe_dataset', arguments: { dataset: 7, readImages: true } },
      undefined,
      { onprogress: (update) => updates.push(update) },
    );
    assert.match(textOf(described as CallToolResult), /case \d/);
    assert.ok(updates.length > 0);
    assert.deepEqual(leaked([list, described, updates]), []);
  });

  it('tells names with --share-names', async (context) => {
    const { call } = await connect(context, { words: ['--share-names'] });
    assert.match(textOf(await call('nnunet_describe_dataset', { dataset: '7', readImages: true })), /Emma Meier/);
  });

  it('says what is wrong with a call as an answer of the tool', async (context) => {
    const { call } = await connect(context);
    const answers = [
      await call('nnunet_describe_dataset'),
      await call('nnunet_describe_dataset', { dataset: 99 }),
      await call('rm'),
    ];
    assert.deepEqual(
      answers.map((one) => [one.isError, codeOf(one)]),
      [
        [true, 'bad-input'],
        [true, 'dataset-unknown'],
        [true, 'unknown-tool'],
      ],
    );
    assert.deepEqual(leaked(answers), []);
  });

  it('starts nothing where the client cannot ask, and says how to allow it', async (context) => {
    const { root, call } = await connect(context);
    const { dataset, folder } = await predictions(root);
    for (const [name, input] of [
      ['nnunet_start_evaluation', { dataset, predictions: folder }],
      ['nnunet_start_training', { dataset, configuration: '2d', minutes: 5 }],
      ['nnunet_start_preprocessing', { dataset, configuration: '2d' }],
    ] as const) {
      const refused = await call(name, input);
      assert.deepEqual([refused.isError, codeOf(refused)], [true, 'start-not-allowed']);
      assert.match(textOf(refused), /--allow-start/);
      assert.deepEqual(leaked(refused), []);
    }
    assert.deepEqual(await readdir(join(root, 'nnUNet_results')), []);
  });

  it('starts nothing that the person does not agree to', async (context) => {
    for (const answer of [
      { action: 'decline' },
      { action: 'accept', content: { start: false } },
      { action: 'cancel' },
    ] as ElicitResult[]) {
      const { root, call, asked } = await connect(context, { answer, words: ['--allow-start'] });
      const { dataset, folder } = await predictions(root);
      const refused = await call('nnunet_start_evaluation', { dataset, predictions: folder });
      assert.deepEqual([codeOf(refused), asked.length], ['start-refused', 1]);
      assert.deepEqual(await readdir(join(root, 'nnUNet_results')), []);
      assert.ok(!existsSync(join(folder, 'summary.json')));
    }
  });

  it('starts what the person agrees to, and names the worst cases of it', async (context) => {
    const { root, call, asked } = await connect(context, { answer: { action: 'accept', content: { start: true } } });
    const { dataset, folder } = await predictions(root);
    await rm(join(folder, 'c.nii.gz'));
    const started = await call('nnunet_start_evaluation', { dataset, predictions: folder });
    assert.equal(started.isError, undefined, textOf(started));
    const [question, ...details] = asked[0]!.split('\n');
    assert.equal(question, 'Evaluate predictions of Dataset008_Good?');
    assert.equal(details.pop(), `Asked for: dataset = 8, predictions = ${folder}`);
    assert.deepEqual(leaked(details), []);
    await evaluated(folder);
    const worst = await call('nnunet_worst_cases', { dataset, predictions: folder, count: 1 });
    assert.match(textOf(worst), /mean Dice 1 over 2 cases/);
    const jobs = await call('nnunet_list_jobs');
    // The folder that the assistant itself named is the only one that may be said.
    assert.deepEqual(leaked([started, worst, jobs]), []);
  });

  it('starts without a question where the client cannot ask and the person has allowed it', async (context) => {
    const { root, call } = await connect(context, { words: ['--allow-start'] });
    const { dataset, folder } = await predictions(root);
    const started = await call('nnunet_start_evaluation', { dataset, predictions: folder });
    assert.equal(started.isError, undefined, textOf(started));
    await evaluated(folder);
  });

  it('lists jobs that belong to no results folder, too', async (context) => {
    const { root, call } = await connect(context, { words: ['--allow-start'] });
    const { dataset, folder } = await predictions(root);
    await rm(join(root, 'nnUNet_results'), { recursive: true });
    const { structuredContent } = await call('nnunet_start_evaluation', { dataset, predictions: folder });
    const [{ id }] = structuredContent!.jobs as [{ id: string }];
    await evaluated(folder);
    const { jobs } = (await call('nnunet_list_jobs')).structuredContent as { jobs: { id: string }[] };
    assert.ok(
      jobs.some((job) => job.id === id),
      JSON.stringify(jobs),
    );
    assert.deepEqual(leaked(jobs), []);
  });

  it('hands to the cluster what it was started to hand there, once the person agrees to that', async (context) => {
    const slurm = fakeSbatch(join(await scratchFolder(context), 'bin'));
    const { root, call, asked } = await connect(context, {
      answer: { action: 'accept', content: { start: true } },
      words: ['--launcher', 'slurm', '--partition', 'gpu'],
      environment: { PATH: slurm.path },
    });
    const { dataset } = await predictions(root);
    const started = await call('nnunet_start_preprocessing', { dataset, configuration: '2d' });
    assert.equal(started.isError, undefined, textOf(started));
    assert.match(asked[0]!, /handed to the cluster \(Slurm, partition gpu\)/);
    const training = await call('nnunet_start_training', {
      dataset,
      configuration: '2d',
      epochs: 1,
      folds: ['0', '1'],
    });
    assert.equal(training.isError, undefined, textOf(training));
    assert.equal(slurm.scripts().length, 2);
    for (const script of slurm.scripts()) assert.match(readFileSync(script, 'utf8'), /#SBATCH --partition=gpu/);
    assert.match(textOf(await call('nnunet_list_jobs')), /Train Good 2d, fold 1: waits/);
  });

  it('ends when the client goes', async (context) => {
    const { client } = await connect(context);
    const { pid } = client.transport as StdioClientTransport;
    await client.close();
    for (;;) {
      try {
        process.kill(pid!, 0);
      } catch {
        return;
      }
      await sleep(20);
    }
  });
});
