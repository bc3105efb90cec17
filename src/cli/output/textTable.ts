import type { Paint, Style } from './terminal.js';

export type Cell = string | { readonly text: string; readonly style: Style };

/** Between columns; one space where a narrow terminal leaves no room. */
const WIDE_GAP = 3;

/** How a table is made to fit a terminal. */
export interface Fit {
  readonly columns: number;
  /** Columns of the table that may be cut, with … at the end. */
  readonly shrinkable: readonly number[];
}

/** No column gets narrower. */
const NARROWEST = 7;

/**
 * Rows under a header, padded to the widest cell of each column (kubectl's look). The last column is not padded. Widths
 * count characters of plain text; what Kubernetes names is ASCII.
 */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
  fit?: Fit,
): string {
  const table: (readonly Cell[])[] = [header.map((text) => ({ text, style: 'bold' as const })), ...rows];
  const widths = header.map((_, column) =>
    table.reduce((most, row) => Math.max(most, textOf(row[column] ?? '').length), 0),
  );
  const gap = ' '.repeat(fit === undefined ? WIDE_GAP : shrink(widths, fit));
  return table
    .map((row) => {
      const cells = row.map((cell, column) => {
        const text = cut(textOf(cell), widths[column] ?? 0);
        const painted = typeof cell === 'string' || text === '' ? text : paint(cell.style, text);
        return painted + (column === row.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - text.length));
      });
      return `${cells.join(gap).trimEnd()}\n`;
    })
    .join('');
}

/**
 * Takes from the widest shrinkable column until the table fits, or nothing is left to take.
 * @returns the width of the gap
 */
function shrink(widths: number[], { columns, shrinkable }: Fit): number {
  const least = widths.reduce(
    (sum, width, i) => sum + (shrinkable.includes(i) ? Math.min(width, NARROWEST) : width),
    0,
  );
  const gap = least + WIDE_GAP * (widths.length - 1) <= columns ? WIDE_GAP : 1;
  let excess = widths.reduce((sum, width) => sum + width, gap * (widths.length - 1)) - columns;
  while (excess > 0) {
    const widest = shrinkable.reduce(
      (best, column) => ((widths[column] ?? 0) > (widths[best] ?? 0) ? column : best),
      -1,
    );
    const width = widths[widest] ?? 0;
    if (width <= NARROWEST) break;
    widths[widest] = width - 1;
    excess -= 1;
  }
  return gap;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Breaks a line at spaces so that it fits; words that are longer stay whole. */
export function wrap(line: string, columns: number | undefined): string {
  if (columns === undefined) return line;
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = `  ${word}`;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current].join('\n');
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
