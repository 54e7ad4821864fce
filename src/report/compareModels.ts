/** Do two models differ on the same cases? Paired differences of Dice, for each label and for the mean of a case. */
import { mean } from '../method/means';
import { median } from '../method/statistics';
import { signedRankTest } from '../method/wilcoxon';
import type { ComparedLabel, Comparison, ReportCase, ReportLabel, ReportModel } from './report';

export function compareModels(first: ReportModel, second: ReportModel, labels: readonly ReportLabel[]): Comparison {
  const others = new Map(second.cases.map((one) => [one.id, one]));
  const pairs = first.cases.flatMap((one): [ReportCase, ReportCase][] => {
    const other = others.get(one.id);
    return other ? [[one, other]] : [];
  });
  const row = (name: string, diceOf: (one: ReportCase) => number | null | undefined): ComparedLabel => {
    const differences = pairs.flatMap(([one, other]) => {
      const [a, b] = [diceOf(one), diceOf(other)];
      return a === null || b === null || a === undefined || b === undefined ? [] : b - a;
    });
    const isAny = differences.length > 0;
    return {
      name,
      cases: differences.length,
      mean: isAny ? mean(differences) : null,
      median: isAny ? median(differences) : null,
      test: signedRankTest(differences),
    };
  };
  return {
    first: first.name,
    second: second.name,
    rows: [
      ...labels.map(({ key, name }) => row(name, (one) => one.labels[key]?.Dice)),
      row('mean of the case', ({ meanDice }) => meanDice),
    ],
  };
}
