/** How many elements does an array have whose extents come from a file? The one place where such extents are multiplied. */

/** Undefined where an extent is no count, or where the product, zeros aside, is too large to be told exactly. */
export function countElements(shape: readonly number[]): number | undefined {
  let product = 1;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) return undefined;
    product *= Math.max(extent, 1);
    if (!Number.isSafeInteger(product)) return undefined;
  }
  return shape.includes(0) ? 0 : product;
}
