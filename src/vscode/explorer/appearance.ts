/** What the tree shows of a row. */
export interface Appearance {
  label: string;
  description?: string;
  /** Markdown. */
  tooltip?: string;
  /** Id of a product icon. */
  icon?: string;
  /** Theme colour of the icon. */
  color?: string;
  /** Words that menus look for, in between dots. */
  context: string;
  expandable: boolean;
  /** What a click opens: a volume, with a mask over it. */
  open?: { file: string; mask?: string };
  /** Command that a click runs with the row, where it opens no volume. */
  click?: string;
  /** What a screen reader says instead of label and description. */
  spoken?: string;
}
