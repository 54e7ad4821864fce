/** Kills a training N times at random instants and compares it with an undisturbed one: `npm run test:kills -- [N] [SEED]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareKilledTrainings } from './killedTraining';

async function main(): Promise<void> {
  const kills = Number(process.argv[2] ?? 25);
  const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
  const root = mkdtempSync(join(tmpdir(), 'nnunet-kills-'));
  console.log(`${kills} kills, seed ${seed}, in ${root}`);
  const { differences, trainings, done } = await compareKilledTrainings({
    root,
    kills,
    seed,
    epochs: 12,
    say: console.log,
  });
  console.log(`${kills} kills in ${trainings} trainings: ${JSON.stringify(done)}`);
  for (const difference of differences) console.error(`DIFFERENT: ${difference}`);
  if (differences.length > 0) {
    console.error(`${differences.length} differences. The trainings stay in ${root}.`);
    process.exitCode = 1;
    return;
  }
  console.log('No difference in any tensor, history or log.');
  rmSync(root, { recursive: true, force: true });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
