/**
 * Winograd's minimal filtering along one axis as matrices: a kernel of three at all places of an axis, padded with a zero at
 * both ends. Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016), F(2, 3) and F(4, 3).
 */

interface DepthFiltering {
  /** Products for each tile, a group of neighbouring results. */
  points: number;
  /** (tiles * points, size): makes of an axis what is multiplied with the transformed kernel. */
  input: readonly (readonly number[])[];
  /** (points, 3): transforms a kernel. */
  kernel: readonly (readonly number[])[];
  /** (results of a tile, points) where the tiles fill the axis, else (size, tiles * points): makes results of the products. */
  output: readonly (readonly number[])[];
}

interface Algorithm {
  /** Of a tile. */
  results: number;
  input: number[][];
  kernel: number[][];
  output: number[][];
}

const two: Algorithm = {
  results: 2,
  input: [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  kernel: [
    [1, 0, 0],
    [1 / 2, 1 / 2, 1 / 2],
    [1 / 2, -1 / 2, 1 / 2],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 0],
    [0, 1, -1, -1],
  ],
};

const four: Algorithm = {
  results: 4,
  input: [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
  ],
  kernel: [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
  output: [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 0],
    [0, 1, 1, 4, 4, 0],
    [0, 1, -1, 8, -8, 1],
  ],
};

/** @param size  of the axis */
export function depthFiltering(size: number): DepthFiltering {
  const algorithm = products(four, size) < products(two, size) ? four : two;
  const points = algorithm.input.length;
  const tiles = tilesOf(algorithm, size);
  const places = range(size);
  const rows = range(tiles * points).map((row) => ({ tile: Math.floor(row / points), point: row % points }));
  // A tile begins with the place before its first result.
  const input = rows.map(({ tile, point }) =>
    places.map((place) => algorithm.input[point]![place - tile * algorithm.results + 1] ?? 0),
  );
  const isEven = size % algorithm.results === 0;
  const output = isEven
    ? algorithm.output
    : places.map((place) =>
        rows.map(({ tile, point }) => algorithm.output[place - tile * algorithm.results]?.[point] ?? 0),
      );
  return { points, input, kernel: algorithm.kernel, output };
}

/** Those of the one with fewer are taken; of two alike the more exact one's. */
function products(algorithm: Algorithm, size: number): number {
  return tilesOf(algorithm, size) * algorithm.input.length;
}

function tilesOf({ results }: Algorithm, size: number): number {
  return Math.ceil(size / results);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
