/** Which rows of the list of jobs look different from what is shown? Rows keep their identity, so that one alone can be drawn anew. */
import type { Line } from './jobList';

interface Shown {
  parent: Line | undefined;
  rows: Line[];
}

export class TreeMemory {
  /** By the id of the row that they are below; '' for the top. */
  private readonly byParent = new Map<string, Shown>();
  private readonly known = new Map<string, Line>();

  /** Notes what is shown below a row. @returns the same rows, each as the object that it was before */
  shown(parent: Line | undefined, rows: readonly Line[]): Line[] {
    const kept = rows.map((row) => this.same(row));
    this.byParent.set(parent?.id ?? '', { parent, rows: kept });
    return kept;
  }

  /**
   * @param now  the rows below one that is open
   * @returns the rows to be drawn anew, each with what is below it; undefined: all of them
   */
  different(now: (parent: Line | undefined) => readonly Line[]): (Line | undefined)[] {
    const changed: (Line | undefined)[] = [];
    for (const [key, { parent, rows }] of [...this.byParent]) {
      // Whoever is above it is drawn with all that is below.
      if (parent && changed.some((line) => line === undefined || line === parent)) continue;
      const next = now(parent);
      if (next.map(({ id }) => id).join('\n') !== rows.map(({ id }) => id).join('\n')) {
        changed.push(parent);
        if (!this.isShown(parent)) this.byParent.delete(key);
        continue;
      }
      next.forEach((row, at) => {
        const before = rows[at]!;
        if (looks(row) === looks(before)) return;
        Object.assign(before, row);
        changed.push(before);
      });
    }
    return changed.includes(undefined) ? [undefined] : changed;
  }

  private isShown(line: Line | undefined): boolean {
    return line === undefined || [...this.byParent.values()].some(({ rows }) => rows.includes(line));
  }

  private same(row: Line): Line {
    const before = this.known.get(row.id);
    if (!before) {
      this.known.set(row.id, row);
      return row;
    }
    return Object.assign(before, row);
  }
}

function looks(line: Line): string {
  const { label, short, description, icon, colour, context } = line;
  const hasChildren = line.kind === 'waiting' && line.hasChildren;
  return JSON.stringify([label, short, description, icon, colour, context, hasChildren]);
}
