/** How far did the page get, and when? Marks for the browser's own tools and for tools/bench/editor.cjs. */

type Milestone = 'script' | 'document' | 'voxels' | 'slices' | 'scene' | 'surfaces';

/** Only the first time counts. */
export function reached(milestone: Milestone): void {
  if (performance.getEntriesByName(milestone, 'mark').length === 0) performance.mark(milestone);
}
