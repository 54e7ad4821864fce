/** What is said of values of a label file that dataset.json does not name? */
export function undeclaredText(values: readonly number[]): string {
  const shown = values.length > 10 ? `${values.slice(0, 10).join(', ')}, …` : values.join(', ');
  return `The label has values that dataset.json does not declare: ${shown}`;
}
