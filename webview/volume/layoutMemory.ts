/** To which layout does a person come back after one plane was enlarged, and after the differences? */
import type { VolumeLayout } from '../../src/protocol/volume';
import type { Pair } from './state';

export class LayoutMemory {
  private enlargedIn: VolumeLayout = { kind: 'planes' };
  /** What was shown before the differences. */
  beforeDifferences: VolumeLayout = { kind: 'planes' };

  /** One plane alone, or all again where one is alone. */
  enlarged(now: VolumeLayout, plane: Extract<VolumeLayout, { kind: 'single' }>['plane']): VolumeLayout {
    if (now.kind === 'single') return this.enlargedIn;
    this.enlargedIn = now;
    return { kind: 'single', plane };
  }

  differences(now: VolumeLayout, pair: Pair): VolumeLayout {
    this.leaveForDifferences(now);
    return { kind: 'difference', ...pair };
  }

  leaveForDifferences(now: VolumeLayout): void {
    if (now.kind !== 'difference') this.beforeDifferences = now;
  }
}
