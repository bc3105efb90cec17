import { writeOut } from './terminal.js';

/** Small writes cost more than the text; a piece of this size costs nothing to speak of. */
const PIECE_CHARACTERS = 1 << 20;

/**
 * Writes a long text piece by piece, waiting for the stream, so that it is never in memory as a whole. Ends early when
 * the reader has gone (`| head`).
 */
export async function writePieces(stream: NodeJS.WritableStream, pieces: Iterable<string>): Promise<void> {
  let pending = '';
  for (const piece of pieces) {
    pending += piece;
    if (pending.length < PIECE_CHARACTERS) continue;
    await writeOut(stream, pending);
    pending = '';
    if (!stream.writable) return;
  }
  if (pending !== '') await writeOut(stream, pending);
}
