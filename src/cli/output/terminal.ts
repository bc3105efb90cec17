import { styleText } from 'node:util';
import { ProcessSignals } from './signals.js';

/** What a command knows of the process around it; handed in, so that tests run commands in their own process. */
export interface Io {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream;
  readonly env: NodeJS.ProcessEnv;
  /** Whether standard output is a terminal. */
  readonly isTTY: boolean;
  /** Whether standard error is one: progress is drawn only there. */
  readonly isErrorTTY: boolean;
  /** Width of the terminal behind standard output; undefined where there is none. */
  readonly columns?: number | undefined;
  /** The process ends with this code once nothing is left to do. */
  setExitCode(code: number): void;
  /** From now on SIGTERM and SIGINT end nothing by themselves: the first fires the signal, a second ends the process. */
  untilSignal(onSignal: (name: NodeJS.Signals) => void): AbortSignal;
}

export type Style = Parameters<typeof styleText>[0];
/** Colours a text, or hands it back as it is. */
export type Paint = (style: Style, text: string) => string;

export function processIo(signals = new ProcessSignals(process, false)): Io {
  const { stdout, stderr, stdin, env } = process;
  // A reader that has seen enough (`slicehints plan | head`) is no failure of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    stdout,
    stderr,
    stdin,
    env,
    isTTY: stdout.isTTY,
    isErrorTTY: stderr.isTTY,
    columns: stdout.isTTY ? stdout.columns : undefined,
    setExitCode: (code) => {
      process.exitCode = code;
    },
    untilSignal: (onSignal) => signals.untilSignal(onSignal),
  };
}

/**
 * Colours only on a terminal, unless FORCE_COLOR wants them elsewhere or NO_COLOR (any value, no-color.org) nowhere.
 * FORCE_COLOR goes first, as it does in Node itself.
 */
export function painter({ env, isTTY }: Pick<Io, 'env' | 'isTTY'>): Paint {
  return wantsColour(env, isTTY)
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
}

export function wantsColour(env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return isTTY;
}

/** Waits until the text is out: a process that ends early would cut what a pipe has not taken yet. */
export function writeOut(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error);
      else resolve();
    });
  });
}
