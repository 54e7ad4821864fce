/** How a job's work gets to be told: as events, not so many that nobody can follow. */
import type { ProgressReport } from '../pipeline/progress';
import type { Session } from './session';
import type { WorkContext } from './work/context';

/** Of one stage: more often nobody looks. */
const quietMilliseconds = 250;

export function workContext(session: Session): WorkContext {
  const lastSaid = new Map<string, number>();
  return {
    signal: session.stop.signal,
    folder: session.folder,
    logFile: session.logFile,
    progress(report) {
      const now = performance.now();
      if (isDetail(report) && now - (lastSaid.get(report.stage) ?? -Infinity) < quietMilliseconds) return;
      lastSaid.set(report.stage, now);
      session.emit({ type: 'stage', ...report });
    },
    warn: (code, message) => session.warn(code, message),
    note: (message) => session.emit({ type: 'note', message }),
  };
}

/** Beginnings and ends are always said. */
function isDetail({ state, done, total }: ProgressReport): boolean {
  return state === 'progress' && (done === undefined || done !== total);
}
