/** What the prediction worker does: exports folds, keeps a model's networks open, and predicts one image after the other. */
import { setImmediate } from 'node:timers/promises';
import { InferenceError } from '../../inference/inferenceError';
import { providerName, requireProvider, type Provider } from '../../inference/providers';
import { runtimeInfo } from '../../inference/runtime';
import { OnnxNetwork, type TensorDescription } from '../../inference/session';
import type { Sidecar } from '../../inference/sidecar';
import type { TileNetwork } from '../../inference/slidingWindow';
import { counted } from '../../words/counted';
import { NnunetError } from '../../method/errors';
import { sweepCache } from '../../storage/userCache';
import type { LabelManager } from '../../method/labels';
import { examineImage } from './examineImage';
import { predictForeignCase } from './predictForeignCase';
import { exportedFolds } from './predictExport';
import { labelVolumes } from './predictVolumes';
import { describeModel, labelsOfSidecar, type OnnxModel } from './predictModel';
import type { ExportTask, FromWorker, Failure, OpenSetTask, OpenTask, PredictTask, ToWorker } from './predictMessages';
import { predictSetCase, type OpenMember } from './predictSetCase';
import {
  predictOnnxCase,
  type CaseHooks,
  type CaseRequest,
  type PredictedLabels,
  type PredictionPhase,
} from './predictOnnxCase';

/** A model that is ready, with the names of what it segments. */
interface OpenModel {
  labels: Pick<LabelManager, 'foreground' | 'foregroundNames'>;
  predict(request: CaseRequest, hooks: CaseHooks): Promise<PredictedLabels>;
}

export class PredictionService {
  private opened: OpenModel | undefined;

  constructor(private readonly post: (message: FromWorker) => void) {}

  async perform(message: ToWorker): Promise<void> {
    const { id } = message;
    try {
      if (message.task === 'export') await this.export(id, message);
      else if (message.task === 'examine') this.post({ type: 'examined', id, result: await examineImage(message) });
      else if (message.task === 'open') await this.open(id, message, openModel);
      else if (message.task === 'open-set') await this.open(id, message, openSet);
      else await this.predict(id, message);
    } catch (error) {
      this.post({ type: 'failed', id, failure: failureOf(error) });
    }
  }

  private async export(id: number, { modelFolder, folds, checkpoint }: ExportTask): Promise<void> {
    await sweepCache('onnx');
    this.post({ type: 'exported', id, result: await exportedFolds({ modelFolder, folds, checkpoint }) });
  }

  private async open<T extends OpenTask | OpenSetTask>(
    id: number,
    task: T,
    open: (task: T) => Promise<{ model: OpenModel; provider: Provider }>,
  ): Promise<void> {
    const { model, provider } = await open(task);
    this.opened = model;
    this.post({ type: 'opened', id, result: { provider: providerName(provider), threads: task.threads } });
  }

  private async predict(id: number, { request, returnLabels }: PredictTask): Promise<void> {
    const start = performance.now();
    const model = this.opened!;
    let phase: PredictionPhase = 'read';
    const tell = (done: number, total: number): void => this.post({ type: 'progress', id, phase, done, total });
    const { labels, shape, properties, file } = await model.predict(request, {
      threads: request.threads,
      onPhase: (next) => {
        phase = next;
        tell(0, 0);
      },
      onProgress: tell,
      onPreview: (box) => this.post({ type: 'preview', id, box }),
    });
    const { spacing } = properties;
    this.post({
      type: 'predicted',
      id,
      result: {
        file,
        shape,
        spacing,
        labels: returnLabels ? labels : undefined,
        volumes: labelVolumes(labels, model.labels, spacing),
        seconds: (performance.now() - start) / 1000,
      },
    });
  }
}

async function openModel({ models, provider, threads }: OpenTask): Promise<{ model: OpenModel; provider: Provider }> {
  const described = await describeModel(models);
  if (provider !== 'auto') requireProvider(provider, (await runtimeInfo()).providers);
  const sessions: OnnxNetwork[] = [];
  const own =
    described.kind === 'foreign'
      ? { input: described.sidecar.input, output: described.sidecar.output }
      : { patch: described.model.configuration.patch_size, models: models.length };
  for (const file of models) sessions.push(await OnnxNetwork.open(file, { provider, threads, ...own }));
  const first = sessions[0]!;
  if (described.kind === 'foreign') {
    const { sidecar } = described;
    requireSidecarInterface(first, sidecar);
    return {
      provider: first.provider,
      model: {
        labels: labelsOfSidecar(sidecar),
        predict: (request, hooks) => predictForeignCase(sidecar, first, request, hooks),
      },
    };
  }
  const { model } = described;
  const networks = networksOf(sessions, model);
  return {
    provider: first.provider,
    model: { labels: model.labels, predict: (request, hooks) => predictOnnxCase(model, networks, request, hooks) },
  };
}

/** @throws InferenceError `set-invalid` for a model of another program; as `openModel` */
async function openSet({
  members,
  postprocessing,
  provider,
  threads,
}: OpenSetTask): Promise<{ model: OpenModel; provider: Provider }> {
  if (provider !== 'auto') requireProvider(provider, (await runtimeInfo()).providers);
  const held = members.reduce((sum, { models }) => sum + models.length, 0);
  const opened: OpenMember[] = [];
  let used: Provider | undefined;
  for (const { models, ...place } of members) {
    const described = await describeModel(models);
    if (described.kind === 'foreign') {
      throw new InferenceError('set-invalid', 'A model of another program can not be one of a set', {
        where: described.file,
        hint: 'Predict with it alone.',
      });
    }
    const { model } = described;
    const sessions: OnnxNetwork[] = [];
    const own = { patch: model.configuration.patch_size, models: held };
    for (const file of models) sessions.push(await OnnxNetwork.open(file, { provider, threads, ...own }));
    used ??= sessions[0]!.provider;
    opened.push({ ...place, model, networks: networksOf(sessions, model) });
  }
  const { labels } = opened.find(({ isCounted }) => isCounted)!.model;
  const set = { members: opened, postprocessing };
  return { provider: used!, model: { labels, predict: (request, hooks) => predictSetCase(set, request, hooks) } };
}

function networksOf(sessions: readonly OnnxNetwork[], model: OnnxModel): TileNetwork[] {
  for (const session of sessions) requireInterface(session, model);
  return sessions.map((session) => tileNetwork(session, model.labels.numHeads));
}

function tileNetwork(session: OnnxNetwork, heads: number): TileNetwork {
  return {
    heads,
    async run(tiles, shape) {
      await setImmediate(); // Messages leave, and a disconnection is noticed, between two runs.
      const output = await session.run(tiles, shape);
      const expected = [shape[0]!, heads, ...shape.slice(2)];
      if (String(output.shape) === String(expected)) return output.data;
      throw new InferenceError(
        'model-unfit',
        `The model gave ${output.shape.join('x')} instead of ${expected.join('x')}`,
        {
          where: session.file,
          hint: unfitHint,
        },
      );
    },
  };
}

const unfitHint = 'Export the model again: the file does not do what its description says.';

/** The graph must take and give what the metadata say. @throws InferenceError `model-unfit` */
function requireInterface({ file, inputs, outputs }: OnnxNetwork, model: OnnxModel): void {
  const rank = model.configuration.patch_size.length + 2;
  const problem =
    objection('input', inputs, rank, model.inputChannels) ?? objection('output', outputs, rank, model.labels.numHeads);
  if (problem)
    throw new InferenceError('model-unfit', `The model can't be used: ${problem}`, { where: file, hint: unfitHint });
}

function objection(
  what: string,
  tensors: readonly TensorDescription[],
  rank: number,
  channels: number,
): string | undefined {
  if (tensors.length !== 1) return `it has ${counted(tensors.length, what)}, where one is expected`;
  const { type, shape } = tensors[0]!;
  if (type !== 'float32') return `its ${what} is of type ${type}, not float32`;
  if (shape.length !== rank) return `its ${what} has ${shape.length} axes, not ${rank}`;
  if (shape[1] !== -1 && shape[1] !== channels)
    return `its ${what} has ${counted(shape[1]!, 'channel')}, not ${channels}`;
  return undefined;
}

/** @throws InferenceError `model-unfit` */
function requireSidecarInterface({ file, inputs, outputs }: OnnxNetwork, sidecar: Sidecar): void {
  const shape = sidecar.shape ?? sidecar.patch!;
  const sizes = sidecar.layout === 'zyx' ? [...shape].reverse() : shape;
  const given = inputs[0]?.shape.slice(2) ?? [];
  const problem =
    objection('input', inputs, 5, sidecar.channels) ??
    (given.some((size, axis) => size !== -1 && size !== sizes[axis])
      ? `its input is ${given.join('x')}, not ${sizes.join('x')}`
      : undefined) ??
    (outputs[0]?.type === 'float32' ? undefined : `its output is of type ${outputs[0]?.type}, not float32`);
  if (!problem) return;
  throw new InferenceError('model-unfit', `The model does not fit its description: ${problem}`, {
    where: file,
    hint: 'Correct its .json file.',
  });
}

function failureOf(error: unknown): Failure {
  if (error instanceof NnunetError) {
    const { code, message, hint, where } = error;
    return { code, message, hint, where };
  }
  return { code: 'unexpected', message: String((error as Error).stack ?? error), hint: '', isDefect: true };
}
