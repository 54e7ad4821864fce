/** What every explanation of one configuration is given. Types only. */
import type { Configuration } from '../../method/plans';
import type { PlansMaterial } from './plansMaterial';

export interface Explained extends PlansMaterial {
  name: string;
  configuration: Configuration;
}

/** One decision. */
export interface Choice {
  topic: string;
  choice: string;
  /** Sentences. */
  why: string[];
}
