/** What is a model made of that has several networks? Types only. */
import type { Fold } from '../../dataset/results';
import type { PostprocessingStep } from '../../method/postprocessing';

/** One configuration. */
export interface SetMember {
  /** A model folder, or an .onnx file. */
  model: string;
  /** Of a model folder; absent: all that are trained. */
  folds?: Fold[];
  /** Place in the list of the first stage whose masks it refines. */
  previous?: number;
  /** It is there for more than the stage behind it: its probabilities are averaged. */
  isCounted: boolean;
}

export interface ModelSet {
  /** In the order in which they predict. */
  members: SetMember[];
  postprocessing: PostprocessingStep[];
}
