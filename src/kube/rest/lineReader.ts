/**
 * Cuts a stream of bytes into lines. Bytes, not strings, are searched and kept, so that a character that is split
 * between two chunks survives. A line beyond the limit is given up: its beginning is handed out once, marked.
 */
export class LineReader {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;
  #skipping = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that this chunk completes, without their newline; empty lines are left out. */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(10, start);
      if (end === -1) break;
      const line = this.#finish(chunk.subarray(start, end));
      start = end + 1;
      if (line !== undefined) yield line;
    }
    if (start >= chunk.length) return;
    if (this.#skipping) return;
    this.#parts.push(chunk.subarray(start));
    this.#size += chunk.length - start;
    if (this.#size > this.#maxBytes) {
      yield { text: Buffer.concat(this.#parts).toString('utf8', 0, 200), tooLong: true };
      this.#parts = [];
      this.#size = 0;
      this.#skipping = true;
    }
  }

  /** What came after the last newline. */
  rest(): Line | undefined {
    return this.#finish(Buffer.alloc(0));
  }

  #finish(last: Buffer): Line | undefined {
    if (this.#skipping) {
      this.#skipping = false;
      return undefined;
    }
    let text: string;
    if (this.#parts.length === 0) {
      text = last.toString('utf8');
    } else {
      this.#parts.push(last);
      text = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
      this.#size = 0;
    }
    return text.trim() === '' ? undefined : { text, tooLong: false };
  }
}

export interface Line {
  readonly text: string;
  /** The line was longer than allowed and `text` is only its beginning. */
  readonly tooLong: boolean;
}
