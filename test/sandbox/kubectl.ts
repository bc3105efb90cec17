import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { SandboxApiServer } from '../../src/sandbox/server/apiServer.js';
import type { SandboxServerOptions } from '../../src/sandbox/server/apiServer.js';

export const installed = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The real kubectl against a stand-in server of its own. */
export class Kubectl {
  readonly server: SandboxApiServer;
  readonly directory = mkdtempSync(join(tmpdir(), 'slicehints-kubectl-'));
  #config = '';

  constructor(options: SandboxServerOptions = {}) {
    this.server = new SandboxApiServer(options);
  }

  async start(): Promise<void> {
    await this.server.listen();
    this.#config = this.file('kubeconfig', this.server.kubeconfig());
  }

  async stop(): Promise<void> {
    await this.server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  file(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs kubectl to its end; `until` ends one that would go on, once its output has what is looked for. */
  run(
    args: readonly string[],
    options: { until?: (out: string) => boolean; onOutput?: () => void } = {},
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      // HOME holds kubectl's cache of discovery, which must not outlive the server.
      const env = { PATH: process.env['PATH'] ?? '', HOME: this.directory };
      const child = spawn('kubectl', ['--kubeconfig', this.#config, ...args], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        options.onOutput?.();
        if (options.until?.(out) === true) child.kill();
      });
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, err }));
    });
  }

  /** Runs kubectl and expects success; gives what it printed. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(args);
    expect({ args, code, err: code === 0 ? '' : err }).toEqual({ args, code: 0, err: '' });
    return out;
  }

  async json(...args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.ok(...args, '-o', 'json')) as unknown;
  }
}
