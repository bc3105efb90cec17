import { closeSync, openSync, writeSync } from 'node:fs';
import type { ChangeRecord } from '../../controller/writing/changeRecord.js';
import { UsageError, quoted } from '../flags/usageError.js';
import { describeFileError } from '../input/fileError.js';

export interface AuditLogOptions {
  readonly path: string;
  readonly wallMs: () => number;
  /** Called when a line cannot be written, and not again until one could be. */
  readonly onFailed: (problem: string) => void;
}

/**
 * A file to which each change is appended as one line of JSON. Written at once, so that a line is there when the process is
 * killed; a full disk costs lines and never a hint. Rotate it by copy and truncate: the file stays open.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #file: number;
  #failing = false;

  private constructor(options: AuditLogOptions, file: number) {
    this.#options = options;
    this.#file = file;
  }

  /** @throws {UsageError} when the file cannot be opened */
  static open(options: AuditLogOptions): AuditLog {
    try {
      return new AuditLog(options, openSync(options.path, 'a', 0o640));
    } catch (error) {
      const problem = `--audit-log: ${quoted(options.path)} cannot be opened: ${describeFileError(error)}`;
      throw new UsageError(problem, error);
    }
  }

  write(change: ChangeRecord): void {
    const { wallMs, onFailed, path } = this.#options;
    const line = `${JSON.stringify({ time: new Date(wallMs()).toISOString(), ...change })}\n`;
    try {
      writeSync(this.#file, line);
      this.#failing = false;
    } catch (error) {
      if (this.#failing) return;
      this.#failing = true;
      onFailed(`${quoted(path)} cannot be written: ${describeFileError(error)}`);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
