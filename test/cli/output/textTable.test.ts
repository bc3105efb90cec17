import { describe, expect, test } from 'vitest';
import { renderTable, wrap, type Cell, type Fit } from '../../../src/cli/output/textTable.js';

const plain = (_: unknown, text: string): string => text;
const marked = (style: unknown, text: string): string => `<${String(style)}>${text}</>`;
const table = (header: string[], rows: Cell[][], fit?: Fit): string[] => renderTable(header, rows, plain, fit).split('\n').slice(0, -1); // prettier-ignore

describe('a table', () => {
  test('pads each column to its widest cell, but for the last one', () => {
    expect(
      table(
        ['A', 'LONGER', 'C'],
        [
          ['wide cell', 'x', 'last'],
          ['y', 'z', ''],
        ],
      ),
    ).toEqual(['A           LONGER   C', 'wide cell   x        last', 'y           z']);
  });

  test('paints the header and cells with a style, and widths count plain text', () => {
    expect(
      renderTable(
        ['A', 'B'],
        [
          [{ text: 'x', style: 'red' }, 'y'],
          [{ text: '', style: 'red' }, 'z'],
        ],
        marked,
      ),
    ).toBe('<bold>A</>   <bold>B</>\n<red>x</>   y\n    z\n');
  });

  test('has its header alone where there are no rows', () => {
    expect(table(['A', 'B'], [])).toEqual(['A   B']);
  });

  test('fits a terminal: the widest column that may is cut first, down to seven characters', () => {
    const rows = [['abcdefghijklmnop', 'short', 'tail']];
    expect(table(['A', 'B', 'C'], rows, { columns: 24, shrinkable: [0, 1] })).toEqual(['A           B       C', 'abcdefgh…   short   tail']); // prettier-ignore
    expect(table(['A', 'B', 'C'], rows, { columns: 5, shrinkable: [0, 1] })).toEqual(['A       B     C', 'abcdef… short tail']); // prettier-ignore
    expect(table(['A', 'B', 'C'], rows, { columns: 100, shrinkable: [0] })).toEqual(table(['A', 'B', 'C'], rows));
  });
});

describe('a long line', () => {
  test.each<[string, string, number | undefined, string]>([
    ['stays where there is no width', 'one two three', undefined, 'one two three'],
    ['breaks at spaces, and goes on indented', 'one two three', 8, 'one two\n  three'],
    ['stays where it fits', 'one two', 7, 'one two'],
    ['keeps words whole that are longer', 'abcdefghij k', 5, 'abcdefghij\n  k'],
    ['of nothing is nothing', '', 5, ''],
  ])('%s', (_, line, columns, expected) => {
    expect(wrap(line, columns)).toBe(expected);
  });
});
