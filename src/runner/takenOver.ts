/** What does a run do whose folder another one has taken over, because it was silent for long and thought dead? It ends, and writes nothing more. */
import type { LockContent } from '../dataset/foldLock';
import { isAlive } from '../storage/processes';

export function endTakenOver({ core }: LockContent): never {
  process.stderr.write(
    'error: Another run has taken over this fold, because this one gave no sign of life for two minutes. It has ended; what it had saved is there.\n',
  );
  if (core && isAlive(core)) process.kill(core.pid, 'SIGKILL');
  process.exit(1);
}
