import type { Paint, Style } from './terminal.js';

export type Cell = string | { readonly text: string; readonly style: Style };

const GAP = '   ';

/**
 * Rows under a header, padded to the widest cell of each column (kubectl's look). The last column is not padded. Widths
 * count characters of plain text; what Kubernetes names is ASCII.
 */
export function renderTable(header: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string {
  const table: (readonly Cell[])[] = [header.map((text) => ({ text, style: 'bold' as const })), ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => textOf(row[column] ?? '').length)));
  return table
    .map((row) => {
      const cells = row.map((cell, column) => {
        const text = textOf(cell);
        const painted = typeof cell === 'string' || text === '' ? text : paint(cell.style, text);
        return painted + (column === row.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - text.length));
      });
      return `${cells.join(GAP).trimEnd()}\n`;
    })
    .join('');
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
