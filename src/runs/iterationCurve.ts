/** The loss of each iteration, for the time in which there are no epochs to draw: the first sign that a training learns. */
import type { IterationColumns } from '../protocol/curves';
import type { IterationEvent } from '../protocol/events';

/** Epochs from which on they are drawn themselves. */
export const epochsThatSuffice = 2;

/** Points kept; of a longer first epoch every second one goes. */
const mostPoints = 2000;

export class IterationCurve {
  private points: { epoch: number; iteration: number; loss: number }[] = [];
  /** Another number whenever the curve is another. */
  version = 0;

  add({ epoch, iterations, iteration, loss }: IterationEvent): void {
    const number = epoch * iterations + iteration + 1;
    // A training that is resumed repeats what came after its checkpoint.
    while (this.points.length > 0 && this.points.at(-1)!.iteration >= number) this.points.pop();
    this.points.push({ epoch, iteration: number, loss: loss ?? NaN });
    if (this.points.length > mostPoints) this.points = this.points.filter((_, index) => index % 2 === 0);
    this.version += 1;
  }

  /** Takes back what belongs to the epochs from `epoch` on. */
  takeBack(epoch: number): void {
    const kept = this.points.filter((point) => point.epoch < epoch);
    if (kept.length < this.points.length) this.version += 1;
    this.points = kept;
  }

  columns(): IterationColumns {
    return {
      iteration: Float64Array.from(this.points, ({ iteration }) => iteration),
      loss: Float64Array.from(this.points, ({ loss }) => loss),
    };
  }
}
