/** Saves what is seen: a PNG of all panes, or a GIF through the slices of a plane; says how far it is, and can be stopped. */
import { t } from '@vscode/l10n';
import type { VolumeLayout, VolumeRequests } from '../../src/protocol/volume';
import type { Question } from './connection';
import type { SlicePane } from './pane';
import { planeNames, type PaneContent } from './paneContent';
import { gifOf, pngOf, type PictureSource } from './pictures';
import type { ScenePane } from './scenePane';
import { describe } from './loads';

/** Of a GIF, and of cine play. */
export const framesPerSecond = 10;
/** A GIF of more frames grows beyond what mail and slides take. */
const longestGif = 120;

/** What is exported, and where that is said. */
interface ExportOwner {
  readonly state: { layout: VolumeLayout };
  readonly panes: readonly SlicePane[];
  readonly scene: ScenePane;
  readonly host: { savePicture(ask: VolumeRequests['save']['ask']): Question<'save'> };
  activePane(): SlicePane | undefined;
  content(pane: SlicePane): PaneContent;
  say(message: string): void;
}

export class PictureExports {
  private running: { isCancelled: boolean } | undefined;

  constructor(private readonly owner: ExportOwner) {}

  cancel(): void {
    if (this.running) this.running.isCancelled = true;
  }

  async png(): Promise<void> {
    const { panes, scene } = this.owner;
    await this.save('png', '', async () => {
      const image = scene.element.isConnected ? await scene.picture() : undefined;
      const extra = image && { image, box: scene.element.getBoundingClientRect() };
      return pngOf({ ...this.source(panes), extra });
    });
  }

  async gif(): Promise<void> {
    const { owner } = this;
    const active = owner.activePane();
    if (!active) {
      owner.say(t('Choose a layout with slices: a GIF runs through the slices of a plane.'));
      return;
    }
    const panes = owner.state.layout.kind === 'compare' ? owner.panes : [active];
    const running = { isCancelled: false };
    this.running = running;
    await this.save('gif', `_${planeNames[active.plane].toLowerCase()}`, () =>
      gifOf(this.source(panes), active.layout().through.length, {
        maximumFrames: longestGif,
        framesPerSecond,
        onProgress: (done, total) => owner.say(t('GIF: slice {0} of {1}. Escape stops.', done, total)),
        isCancelled: () => running.isCancelled,
      }),
    );
  }

  private source(panes: readonly SlicePane[]): PictureSource {
    const { owner } = this;
    return {
      panes,
      paint: (pane, context, width, height, slice) => pane.paint(context, width, height, owner.content(pane), slice),
    };
  }

  private async save(kind: 'png' | 'gif', suffix: string, make: () => Promise<ArrayBuffer | undefined>): Promise<void> {
    const { host } = this.owner;
    try {
      const bytes = await make();
      if (!bytes) {
        this.owner.say(t('Stopped.'));
        return;
      }
      const { saved } = await host.savePicture({ suffix, kind, bytes }).answer;
      this.owner.say(saved === null ? '' : t('Saved {0}', saved));
    } catch (error) {
      this.owner.say(t('The picture was not saved. {0}', describe(error).message));
    } finally {
      this.running = undefined;
    }
  }
}
