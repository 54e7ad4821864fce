/** Options of the commands that run the network. */
import type { OptionSpec } from '../command';
import type { ParsedArguments } from '../parsedArguments';

export const deviceOptions: readonly OptionSpec[] = [
  {
    name: 'device',
    kind: 'text',
    choices: ['auto', 'cpu', 'cuda', 'mps'],
    alsoTaken: /^cuda:\d{1,3}$/,
    description: 'auto takes a GPU where there is one (default auto); cuda:1 and so on where there are several',
  },
  {
    name: 'precision',
    kind: 'text',
    choices: ['auto', 'fp32', 'bf16', 'fp16'],
    description:
      'number format of the network; auto predicts in fp32, and trains in fp16 on CUDA, bf16 on processors with AMX, else fp32 (default auto)',
  },
  {
    name: 'threads',
    kind: 'integer',
    value: 'N',
    min: 1,
    max: 1024,
    description: 'processor threads (default: all cores)',
  },
];

/** What a job's request has of them. */
export function computeOptions(parsed: ParsedArguments): { device: string; precision: string; threads?: number } {
  const threads = parsed.number('threads');
  return {
    device: parsed.text('device') ?? 'auto',
    precision: parsed.text('precision') ?? 'auto',
    ...(threads !== undefined && { threads }),
  };
}
