// Prints Dice per label from nnU-Net's summaries: `node tools/dice-table.mjs DATASET_JSON TITLE SUMMARY_JSON [TITLE SUMMARY_JSON …]`
import { readFileSync } from 'node:fs';

// nnU-Net's own files hold NaN where a label is in no case.
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8').replace(/\bNaN\b/g, 'null'));

const [datasetJson, ...summaries] = process.argv.slice(2);
const { labels } = readJson(datasetJson);
const nameOf = (key) => Object.keys(labels).find((name) => String(labels[name]) === key) ?? key;
const cell = (dice) => (dice === null ? 'none' : dice.toFixed(3)).padStart(8);

for (let index = 0; index + 1 < summaries.length; index += 2) {
  const summary = readJson(summaries[index + 1]);
  console.log(`\nDice, ${summaries[index]} (${summary.metric_per_case.length})`);
  for (const [key, metrics] of Object.entries(summary.mean))
    console.log(`  ${nameOf(key).padEnd(24)}${cell(metrics.Dice)}`);
  console.log(`  ${'mean'.padEnd(24)}${cell(summary.foreground_mean.Dice)}`);
}
