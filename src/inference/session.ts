/** One network in ONNX Runtime: opened on a provider, checked, run. Belongs into a worker: running blocks its thread. */
import type * as Ort from 'onnxruntime-node';
import { InferenceError } from './inferenceError';
import { damagedHint, requireModelFile } from './modelFile';
import { inProcessorForm } from './processorForm';
import { candidates, providerName, type Provider, type ProviderChoice } from './providers';
import { loadRuntime, providersOf } from './runtime';

interface SessionOptions {
  provider: ProviderChoice;
  threads: number;
  /** Tensors that are used, where there are several. */
  input?: string;
  output?: string;
  /** Of a model that was exported here: the sizes that it will be run with, and how many such models are held at once. */
  patch?: readonly number[];
  models?: number;
}

export interface TensorDescription {
  name: string;
  /** ONNX Runtime's word, "float32". */
  type: string;
  /** Sizes; -1 where any is taken. */
  shape: number[];
}

interface NetworkOutput {
  data: Float32Array;
  shape: number[];
}

export class OnnxNetwork {
  private constructor(
    readonly file: string,
    readonly provider: Provider,
    readonly inputs: readonly TensorDescription[],
    readonly outputs: readonly TensorDescription[],
    private readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
  ) {}

  /** @throws InferenceError `onnxruntime-missing`, `model-missing`, `model-damaged`, `model-too-large`, `provider-failed` */
  static async open(file: string, options: SessionOptions): Promise<OnnxNetwork> {
    await requireModelFile(file);
    const ort = await loadRuntime();
    let failure: unknown;
    for (const provider of candidates(options.provider, providersOf(ort))) {
      try {
        const session = await create(ort, file, provider, options);
        const [inputs, outputs] = [session.inputMetadata, session.outputMetadata].map(describe);
        return new OnnxNetwork(
          file,
          provider,
          named(inputs!, options.input),
          named(outputs!, options.output),
          ort,
          session,
        );
      } catch (error) {
        failure = error;
        if (options.provider !== 'auto' && provider !== 'cpu') throw providerFailed(provider, error, file);
      }
    }
    throw modelDamaged(failure, file);
  }

  /** The first output for the first input. @throws InferenceError `model-failed` */
  async run(data: Float32Array, shape: readonly number[]): Promise<NetworkOutput> {
    const input = this.inputs[0]!;
    const output = this.outputs[0]!;
    try {
      const feeds = { [input.name]: new this.ort.Tensor('float32', data, shape) };
      const result = (await this.session.run(feeds, [output.name]))[output.name]!;
      return { data: result.data as Float32Array, shape: [...result.dims] };
    } catch (error) {
      throw runFailed(error, this.file);
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

async function create(
  ort: typeof Ort,
  file: string,
  provider: Provider,
  { threads, patch, models }: SessionOptions,
): Promise<Ort.InferenceSession> {
  const faster = provider === 'cpu' && patch ? await inProcessorForm(file, patch, models) : undefined;
  const settings = sessionOptions(provider, threads);
  return faster ? ort.InferenceSession.create(faster, settings) : ort.InferenceSession.create(file, settings);
}

function sessionOptions(provider: Provider, threads: number): Ort.InferenceSession.SessionOptions {
  return {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    // A block for all of a run's tensors would come beside those that the first run has left.
    enableMemPattern: false,
    // Its own messages would only repeat what the errors say.
    logSeverityLevel: 4,
  };
}

function named(tensors: TensorDescription[], name: string | undefined): TensorDescription[] {
  return name === undefined ? tensors : tensors.filter((tensor) => tensor.name === name);
}

function describe(metadata: readonly Ort.InferenceSession.ValueMetadata[]): TensorDescription[] {
  return metadata.map((value) => ({
    name: value.name,
    type: value.isTensor ? value.type : 'no tensor',
    shape: value.isTensor ? value.shape.map((size) => (typeof size === 'number' && size > 0 ? size : -1)) : [],
  }));
}

function providerFailed(provider: Provider, error: unknown, file: string): InferenceError {
  return new InferenceError(
    'provider-failed',
    `The model can't run on ${providerName(provider)}: ${firstLine(error)}`,
    {
      where: file,
      hint: 'Choose --provider cpu, or auto.',
      cause: error,
    },
  );
}

function modelDamaged(error: unknown, file: string): InferenceError {
  const text = firstLine(error);
  if (isMemory(text)) return outOfMemory(file, error);
  return new InferenceError('model-damaged', `The model can't be opened: ${text}`, {
    where: file,
    hint: damagedHint,
    cause: error,
  });
}

function runFailed(error: unknown, file: string): InferenceError {
  const text = firstLine(error);
  if (isMemory(text)) return outOfMemory(file, error);
  return new InferenceError('model-failed', `The model failed on this image: ${text}`, {
    where: file,
    hint: 'It may have been made for images of another size or with other channels.',
    cause: error,
  });
}

function outOfMemory(file: string, error: unknown): InferenceError {
  return new InferenceError('out-of-memory', 'The model needs more memory than there is', {
    where: file,
    hint: 'Close other programs, predict only a region, or use a machine with more memory.',
    cause: error,
  });
}

function isMemory(text: string): boolean {
  return /bad_alloc|failed to allocate|out of memory|allocation of size|vector::_M|length_error/i.test(text);
}

function firstLine(error: unknown): string {
  const text = String((error as Error | undefined)?.message ?? error).split('\n')[0]!;
  return text.replace(/\.$/, '').slice(0, 300);
}
