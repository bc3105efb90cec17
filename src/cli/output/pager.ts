import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Io } from './terminal.js';
import { writePieces } from './writePieces.js';

/** Quits when all fits on one screen, keeps colours, leaves the text on the screen. */
const DEFAULT_PAGER = 'less -FRX';
/** Exit codes of a shell that cannot find or run its command. */
const NOT_RUN: ReadonlySet<number | null> = new Set([126, 127]);

/**
 * Writes the output of a command: through the pager of the variable PAGER where `paged` and standard output is a
 * terminal, else as it is. A pager that is left early ends the output.
 * @throws {Error} one sentence, when the pager cannot be run
 */
export async function writePaged(
  io: Pick<Io, 'stdout' | 'env' | 'isTTY'>,
  pieces: Iterable<string>,
  paged: boolean,
): Promise<void> {
  if (!paged || !io.isTTY) return writePieces(io.stdout, pieces);
  const pager = (io.env['PAGER'] ?? '') || DEFAULT_PAGER;
  const child = spawn(pager, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env: io.env });
  const ended = once(child, 'close') as Promise<[number | null]>;
  // A pager that is left closes the pipe; writePieces ends then.
  child.stdin.on('error', () => undefined);
  await writePieces(child.stdin, pieces);
  child.stdin.end();
  const [code] = await ended;
  if (NOT_RUN.has(code)) throw new Error(`cannot run the pager "${pager}"; set the variable PAGER to another program`);
}
