/** Where does the person look? Asked of the page; a page that is hidden can't say, so its last word holds. */
import { shownPlace, type ShownPlace } from './place';

export class AskedPlaces {
  private readonly waiting: ((place: ShownPlace | undefined) => void)[] = [];
  private last: ShownPlace | undefined;
  private isOpen = true;

  /** @param post  asks the page; it need not be there yet */
  ask(post: () => void): Promise<ShownPlace | undefined> {
    if (!this.isOpen) return Promise.resolve(this.last);
    const answer = new Promise<ShownPlace | undefined>((resolve) => this.waiting.push(resolve));
    post();
    return answer;
  }

  get areWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Anything but a place is none. */
  take(answer: { voxel: unknown; region?: unknown }): void {
    this.last = shownPlace(answer);
    this.settle(this.last);
  }

  /** There is a page, or there will be. */
  open(): void {
    this.isOpen = true;
  }

  /** Nobody answers now. */
  close(): void {
    this.isOpen = false;
    this.settle(this.last);
  }

  /** Nothing is shown. */
  giveUp(): void {
    this.last = undefined;
    this.settle(undefined);
  }

  private settle(place: ShownPlace | undefined): void {
    for (const resolve of this.waiting.splice(0)) resolve(place);
  }
}
