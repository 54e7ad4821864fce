/** How does what waits get into another order, when some of it is dragged to another place? */

/**
 * The steps that bring entries to a place in the queue.
 * @param target  the entry that they are to stand before, or behind where they come from above it; undefined: the end
 * @param toFront  dropped on what runs: the front
 */
export function movesTo(
  queue: readonly string[],
  dragged: readonly string[],
  target: string | undefined,
  toFront = false,
): { id: string; places: number }[] {
  if (target !== undefined && dragged.includes(target)) return [];
  let order = [...queue];
  const moves: { id: string; places: number }[] = [];
  const goesDown = target !== undefined && queue.indexOf(dragged[0]!) < queue.indexOf(target);
  const inOrder = queue.filter((id) => dragged.includes(id));
  for (const [index, id] of inOrder.entries()) {
    const rest = order.filter((one) => one !== id);
    const at =
      target === undefined ? (toFront ? index : rest.length) : rest.indexOf(target) + (goesDown ? 1 + index : 0);
    const places = at - order.indexOf(id);
    if (places !== 0) moves.push({ id, places });
    order = [...rest.slice(0, at), id, ...rest.slice(at)];
  }
  return moves;
}
