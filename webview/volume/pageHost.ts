/** What does a page need of the world around it, and what does it hand to the page that takes its place? */
import type { VolumeRequests } from '../../src/protocol/volume';
import type { CasePlace } from './caseSteps';
import type { Question } from './connection';
import type { Plane } from './geometry';
import type { Tool } from './paneContent';
import type { ViewState } from './state';

export interface PageHost {
  save(state: ViewState): void;
  chooseSegmentation(): Promise<string | null>;
  savePicture(ask: VolumeRequests['save']['ask']): Question<'save'>;
  showCase(step: 1 | -1, by: CasePlace['by']): void;
  /** Something that must not happen, for the log. */
  defect(error: unknown): void;
}

export type Offsets = Partial<Record<Plane, { rightMm: number; downMm: number }>>;

/** What a page hands to the one that takes its place when the file was rewritten, besides its state. */
export interface Carried {
  offsets: Offsets;
  tool: Tool;
  hidesMasks: boolean;
  wantsSheets: boolean | undefined;
}
