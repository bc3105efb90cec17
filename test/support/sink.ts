import { Writable } from 'node:stream';

/** A stream that keeps what is written, for what writes to a terminal or a file. */
export class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}
