/** How much energy do this machine's processors take while something runs? As the system counts it, where it lets this user read it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const countersOfLinux = '/sys/class/powercap';
/** Counters begin again at 0 after minutes of full load at the least. */
const lookEverySeconds = 30;

interface Counter {
  file: string;
  range: number;
  last: number;
}

/** Whole processors ("package"), not their parts, which they contain; the memory beside them, where it is counted. */
function countersIn(folder: string): Counter[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^intel-rapl:\d+(:\d+)?$/.test(name))
      .filter((name) => /^(package-\d+|dram)$/.test(readFileSync(join(folder, name, 'name'), 'utf8').trim()))
      .map((name) => {
        const file = join(folder, name, 'energy_uj');
        return { file, range: numberIn(join(folder, name, 'max_energy_range_uj')), last: numberIn(file) };
      });
  } catch {
    return []; // Another system, or only its administrator may read them.
  }
}

const numberIn = (file: string): number => {
  const value = Number(readFileSync(file, 'utf8'));
  if (Number.isFinite(value)) return value;
  throw new Error(`${file} holds no number`);
};

export class EnergyMeter {
  private microjoules = 0;
  private counters: Counter[];
  private readonly timer: NodeJS.Timeout;

  constructor(folder = countersOfLinux) {
    this.counters = countersIn(folder);
    this.timer = setInterval(() => this.look(), lookEverySeconds * 1000).unref();
  }

  /** Adds what was counted since the last look. */
  look(): void {
    try {
      for (const counter of this.counters) {
        const now = numberIn(counter.file);
        this.microjoules += now >= counter.last ? now - counter.last : now + counter.range - counter.last;
        counter.last = now;
      }
    } catch {
      this.counters = []; // They went away: half a number would be none.
    }
  }

  /** @returns joules since the beginning, of all that the machine did; undefined where nobody counts */
  stop(): number | undefined {
    clearInterval(this.timer);
    this.look();
    return this.counters.length > 0 ? this.microjoules / 1e6 : undefined;
  }
}
