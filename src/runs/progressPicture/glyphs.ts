/** How letters look in a picture: a bitmap font of 5 x 7 dots, as far as the labels of a chart need it. */

export const glyphWidth = 5;
export const glyphHeight = 7;

/** Two hexadecimal digits a column from left to right; the lowest bit is the top dot. */
const columns: Readonly<Record<string, string>> = {
  '0': '3e5149453e',
  '1': '00427f4000',
  '2': '4261514946',
  '3': '2141454b31',
  '4': '1814127f10',
  '5': '2745454539',
  '6': '3c4a494930',
  '7': '0171090503',
  '8': '3649494936',
  '9': '064949291e',
  '-': '0808080808',
  '.': '0060600000',
  '(': '001c224100',
  ')': '0041221c00',
  '[': '007f414100',
  ']': '0041417f00',
  _: '4040404040',
  a: '2054545478',
  b: '7f48444438',
  c: '3844444420',
  d: '384444487f',
  e: '3854545418',
  f: '087e090102',
  g: '0c5252523e',
  h: '7f08040478',
  i: '00447d4000',
  k: '7f10284400',
  l: '00417f4000',
  m: '7c04180478',
  n: '7c08040478',
  o: '3844444438',
  p: '7c14141408',
  r: '7c08040408',
  s: '4854545420',
  t: '043f444020',
  u: '3c4040207c',
  v: '1c2040201c',
  w: '3c4030403c',
  x: '4428102844',
  y: '0c5050503c',
};

/** The dots of one letter as (column, row); a space, or a letter that the font lacks, has none. */
export function dotsOf(letter: string): [column: number, row: number][] {
  const code = columns[letter];
  if (!code) return [];
  const dots: [number, number][] = [];
  for (let column = 0; column < glyphWidth; column += 1) {
    const bits = parseInt(code.slice(2 * column, 2 * column + 2), 16);
    for (let row = 0; row < glyphHeight; row += 1) if (bits & (1 << row)) dots.push([column, row]);
  }
  return dots;
}
