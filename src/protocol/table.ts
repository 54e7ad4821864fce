/** What the extension and the page of a table say to each other: rows that a person sorts, filters, hides, pins, compares and copies. Types only. */

export interface TableCell {
  /** As it is shown. */
  text: string;
  /** What it is sorted by; null stands at the end, and no value at all for its text. */
  value?: number | null;
  /** Opens something: what, only the extension knows. */
  link?: string;
  /** Longer words. */
  title?: string;
}

export interface TableColumn {
  key: string;
  title: string;
  /** Numbers are aligned at their end. */
  isNumber?: boolean;
  /** Not shown until the person wants it. */
  isHidden?: boolean;
}

export interface TableRow {
  /** Stays the same for the same thing. */
  id: string;
  /** By the keys of the columns; what is absent is empty. */
  cells: Record<string, TableCell>;
  /** Can be compared with another. */
  canCompare?: boolean;
}

export interface TableContent {
  title: string;
  /** Sentences below the title. */
  text: string[];
  columns: TableColumn[];
  rows: TableRow[];
  /** Rows that stand below all others, whatever is sorted: means. */
  footer?: TableRow[];
  /** What two chosen rows are compared by; absent: nothing is compared. */
  comparing?: string;
}

/** What came of comparing two rows. */
export interface TableComparison {
  title: string;
  text: string[];
  columns: TableColumn[];
  rows: TableRow[];
}

export type TableToPage =
  | { type: 'content'; content: TableContent }
  | { type: 'comparison'; rows: [string, string]; comparison: TableComparison }
  /** Why it could not be done. */
  | { type: 'failed'; message: string };

export type TableToHost =
  | { type: 'ready' }
  | { type: 'open'; link: string }
  | { type: 'compare'; rows: [string, string] }
  /** A report of both, with charts. */
  | { type: 'report'; rows: [string, string] }
  /** Tab-separated, for a spreadsheet. */
  | { type: 'copy'; text: string };
