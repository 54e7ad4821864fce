import { CurveSource } from '../../../src/runs/curveSource';

/** A whole source, read at once. */
export function readCurves(path: string): CurveSource {
  const source = new CurveSource(path);
  while (source.read().hasMore);
  return source;
}
