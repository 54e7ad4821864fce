/** What can be wrong with a dataset: the form in which a check says it. */

type Severity = 'error' | 'warning';

/** One thing that is wrong. `code` is stable; a program can tell findings apart by it. */
export interface Finding {
  case?: string;
  /** Relative to the dataset's folder, or absolute for files outside it. */
  file?: string;
  /** In `file`, from 1; for dataset.json. */
  line?: number;
  column?: number;
  code: string;
  severity: Severity;
  /** One sentence for a person. */
  message: string;
  /** Of labels, where it is about some. */
  values?: number[];
  /** What `fixDataset` would do about it; absent where a person must decide. */
  fix?: string;
  /** What a wrong number should be, where `fix` sets it. */
  count?: number;
}
