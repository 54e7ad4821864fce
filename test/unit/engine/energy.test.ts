import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { EnergyMeter } from '../../../src/engine/energy';
import { scratchFolder } from '../dataset/scratch';

async function counters(test: TestContext) {
  const folder = await scratchFolder(test);
  const write = async (domain: string, name: string, microjoules: number): Promise<void> => {
    const at = join(folder, domain);
    await mkdir(at, { recursive: true });
    await writeFile(join(at, 'name'), `${name}\n`);
    await writeFile(join(at, 'max_energy_range_uj'), '10000000\n');
    await writeFile(join(at, 'energy_uj'), `${microjoules}\n`);
  };
  return { folder, write };
}

describe('the meter of energy', () => {
  it('adds up processors and memory, not parts of processors, also where a counter begins again', async (test) => {
    const { folder, write } = await counters(test);
    await write('intel-rapl:0', 'package-0', 9_000_000);
    await write('intel-rapl:0:0', 'core', 5_000_000);
    await write('intel-rapl:0:1', 'dram', 1_000_000);
    const meter = new EnergyMeter(folder);
    await write('intel-rapl:0', 'package-0', 500_000);
    await write('intel-rapl:0:0', 'core', 9_000_000);
    meter.look();
    await write('intel-rapl:0:1', 'dram', 1_250_000);
    assert.equal(meter.stop(), 1.5 + 0.25);
  });

  it('says nothing where nothing is counted, or the counters went away', async (test) => {
    assert.equal(new EnergyMeter('/nowhere').stop(), undefined);
    const { folder, write } = await counters(test);
    await write('intel-rapl:0', 'package-0', 1);
    const meter = new EnergyMeter(folder);
    await rm(join(folder, 'intel-rapl:0'), { recursive: true });
    assert.equal(meter.stop(), undefined);
  });
});
