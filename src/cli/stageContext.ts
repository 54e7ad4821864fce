/** Lets a stage of the pipeline speak through the command's output. */
import type { StageContext } from '../pipeline/progress';
import type { Output } from './output';

export function stageContext(output: Output, signal: AbortSignal): StageContext {
  return {
    progress: (report) => output.progress(report),
    warn: (code, message) => output.warn(message, code),
    signal,
  };
}
