/** What this process may use of the machine: a container's or cluster job's limits count, not the whole host. */
import { readFileSync } from 'node:fs';
import * as os from 'node:os';

/** Processor cores this process may use. */
export function availableCores(): number {
  return Math.max(1, Math.min(os.availableParallelism(), Math.floor(coreQuota() + 0.5) || 1));
}

interface MemoryState {
  totalBytes: number;
  /** What can be taken without pushing others out; disk caches count as free. */
  availableBytes: number;
}

export function memoryState(): MemoryState {
  const total = os.totalmem();
  const available = memAvailable() ?? freeMemory(total);
  const group = memoryGroup();
  if (!group || group.limit >= total) return { totalBytes: total, availableBytes: available };
  return { totalBytes: group.limit, availableBytes: Math.max(0, Math.min(available, group.limit - group.used)) };
}

/** macOS counts pages as used that it gives away on demand. */
function freeMemory(total: number): number {
  return process.platform === 'darwin' ? Math.max(os.freemem(), total / 2) : os.freemem();
}

/** Cores granted by a control group (v2, v1); Infinity without a limit. */
function coreQuota(): number {
  const [quota, period] = (read('/sys/fs/cgroup/cpu.max') ?? '').trim().split(' ').map(Number);
  if (quota && period) return quota / period;
  const oldQuota = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'));
  const oldPeriod = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'));
  return oldQuota > 0 && oldPeriod > 0 ? oldQuota / oldPeriod : Infinity;
}

function memoryGroup(): { limit: number; used: number } | undefined {
  const places = [
    {
      limit: '/sys/fs/cgroup/memory.max',
      used: '/sys/fs/cgroup/memory.current',
      stat: '/sys/fs/cgroup/memory.stat',
      cache: 'inactive_file',
    },
    {
      limit: '/sys/fs/cgroup/memory/memory.limit_in_bytes',
      used: '/sys/fs/cgroup/memory/memory.usage_in_bytes',
      stat: '/sys/fs/cgroup/memory/memory.stat',
      cache: 'total_inactive_file',
    },
  ];
  for (const place of places) {
    const limit = Number(read(place.limit) ?? NaN);
    const used = Number(read(place.used) ?? NaN);
    if (!Number.isFinite(limit) || !Number.isFinite(used)) continue;
    const cache = Number(new RegExp(`^${place.cache} (\\d+)$`, 'm').exec(read(place.stat) ?? '')?.[1] ?? 0);
    return { limit, used: Math.max(0, used - cache) };
  }
  return undefined;
}

function memAvailable(): number | undefined {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(read('/proc/meminfo') ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
