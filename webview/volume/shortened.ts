/** How is a name written where there is room for less than all of it? Its middle goes: beginnings and numbers at the end differ. */

/** @param fits  whether a text has room */
export function shortenedToFit(name: string, fits: (text: string) => boolean): string {
  if (fits(name)) return name;
  let shortened = name;
  for (let kept = name.length - 1; kept >= 2; kept--) {
    shortened = withoutMiddle(name, kept);
    if (fits(shortened)) break;
  }
  return shortened;
}

/** @param most  characters, the ellipsis included */
export const shortened = (name: string, most: number): string => shortenedToFit(name, (text) => text.length <= most);

function withoutMiddle(name: string, kept: number): string {
  const start = Math.ceil(kept / 2);
  return `${name.slice(0, start)}…${name.slice(name.length - (kept - start))}`;
}
