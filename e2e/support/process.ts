import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The built binary: tests run from build/e2e, the product is in dist/. */
export const BINARY = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
export const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** `E2E_KUBERNETES_VERSION=1.33` makes the stand-in server of every suite play that version. */
export function sandboxVersionFlags(): string[] {
  const version = process.env['E2E_KUBERNETES_VERSION'] ?? '';
  return version === '' ? [] : [`--kubernetes-version=${version}`];
}

const playedMinor = Number(/^v?1\.(\d+)/.exec(process.env['E2E_KUBERNETES_VERSION'] ?? '')?.[1] ?? Infinity);

/** `it` (a describe or a test) where the played version is at least 1.`minor`; skipped before, as the API lacks it. */
export function fromVersion<T extends { readonly skip: unknown }>(minor: number, it: T): T {
  return playedMinor >= minor ? it : (it.skip as T);
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, and kills it when it takes longer than `timeoutMs`. */
export function run(
  file: string,
  args: readonly string[],
  { stdin = '', env = {}, timeoutMs = 120_000 }: { stdin?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      [...args],
      { env: { ...process.env, NO_COLOR: '1', ...env }, maxBuffer: 64 * 1024 * 1024, timeout: timeoutMs },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
    // A program that ends without having read it all is judged by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

export function slicehints(...args: string[]): Promise<Finished> {
  return run(process.execPath, [BINARY, ...args]);
}

/** A program that keeps running, with what it has written so far. */
export class Background {
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  /** @param program by default the product, in a Node.js of its own */
  constructor(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    program: readonly [string, ...string[]] = [process.execPath, BINARY],
  ) {
    const [file, ...first] = program;
    this.#child = spawn(file, [...first, ...args], {
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (data: Buffer) => (this.#stdout += data.toString()));
    this.#child.stderr?.on('data', (data: Buffer) => (this.#stderr += data.toString()));
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Lines of JSON on standard output: the log of a controller. */
  get log(): { level: string; time: string; msg: string; [key: string]: unknown }[] {
    return this.#stdout.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as { level: string; time: string; msg: string }];
      } catch {
        return [];
      }
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @returns the exit code, or the signal's name */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    if (this.running) {
      const exited = once(this.#child, 'exit');
      this.#child.kill(signal);
      await exited;
    }
    return this.#child.exitCode ?? this.#child.signalCode ?? '';
  }
}

/** Asks again until the answer is there; the last failure is the test's. */
export async function eventually<T>(look: () => Promise<T> | T, timeoutMs = 20_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
