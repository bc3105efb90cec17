import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { writePieces } from '../../../src/cli/output/writePieces.js';

/** A reader that notes how much comes at once, and may go after the first. */
class Reader extends Writable {
  readonly sizes: number[] = [];
  readonly #goes: boolean;

  constructor(goes = false) {
    super({ decodeStrings: false });
    this.#goes = goes;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.sizes.push(chunk.length);
    done();
    if (this.#goes) this.destroy();
  }
}

const PIECE = 'x'.repeat(1 << 19);

test('small pieces are written together, in writes of about a million characters', async () => {
  const reader = new Reader();
  await writePieces(reader, [PIECE, PIECE, 'a', 'b']);
  expect(reader.sizes).toEqual([1 << 20, 2]);
});

test('nothing is written of nothing', async () => {
  const reader = new Reader();
  await writePieces(reader, []);
  expect(reader.sizes).toEqual([]);
});

test('ends when the reader has gone, without making the rest', async () => {
  let made = 0;
  function* pieces(): Generator<string> {
    for (; made < 100; made++) yield PIECE;
  }
  const reader = new Reader(true);
  await writePieces(reader, pieces());
  expect(reader.sizes).toEqual([1 << 20]);
  expect(made).toBeLessThan(5);
});
