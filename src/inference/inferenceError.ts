/** What goes wrong with a model file or the runtime that executes it, in words for people. */
import { NnunetError } from '../method/errors';

/** A model in ONNX form that is damaged, foreign or too large, or the runtime, which is missing or failed. */
export class InferenceError extends NnunetError {}
