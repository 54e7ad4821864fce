/** What may the sheets ask of the page? */
import type { ErrorComponent } from '../../src/protocol/volume';
import type { ViewState } from './state';
import type { Study } from './study';

export interface SectionOwner {
  readonly study: Study;
  readonly state: ViewState;
  change(change: Partial<ViewState>): void;
  chooseSegmentation(): void;
  toggleDifferences(): void;
  goToError(error: ErrorComponent): void;
  goToLabel(label: number): void;
}
