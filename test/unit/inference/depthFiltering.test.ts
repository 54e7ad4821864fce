import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { depthFiltering } from '../../../src/inference/export/depthFiltering';

const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, at) => Math.sin(seed + 1.7 * at * at));

/** A kernel of three at every place of a line that goes on with zeros. */
function filteredPlainly(line: readonly number[], kernel: readonly number[]): number[] {
  return line.map((_, at) => kernel.reduce((sum, weight, tap) => sum + weight * (line[at + tap - 1] ?? 0), 0));
}

const times = (matrix: readonly (readonly number[])[], vector: readonly number[]): number[] =>
  matrix.map((row) => row.reduce((sum, value, at) => sum + value * vector[at]!, 0));

/** As the exported layers compute it: mixed, multiplied, and unmixed, tile by tile where the tiles fill the line. */
function filteredByProducts(line: readonly number[], kernel: readonly number[]): number[] {
  const { points, input, kernel: transform, output } = depthFiltering(line.length);
  const weights = times(transform, kernel);
  const products = times(input, line).map((value, at) => value * weights[at % points]!);
  const columns = output[0]!.length;
  const groups = Array.from({ length: products.length / columns }, (_, group) =>
    products.slice(group * columns, (group + 1) * columns),
  );
  return groups.flatMap((group) => times(output, group));
}

describe('minimal filtering along an axis', () => {
  for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 16, 40, 64]) {
    it(`gives a kernel's results at ${size} places`, () => {
      const line = numbers(size, size);
      const kernel = numbers(3, 100 + size);
      const [found, expected] = [filteredByProducts(line, kernel), filteredPlainly(line, kernel)];
      assert.equal(found.length, size);
      for (const [at, value] of expected.entries()) assert.ok(Math.abs(found[at]! - value) < 1e-9, `at ${at}`);
    });
  }

  it('needs half as many products as the kernel has at many places', () => {
    assert.equal(depthFiltering(64).input.length, (3 * 64) / 2);
  });
});
