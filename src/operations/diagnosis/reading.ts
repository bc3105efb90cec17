import { ApiError } from '../../kube/rest/transport.js';
import type { Finding, Subject } from './finding.js';

/** Reads of which each may fail apart from the others. */
export class Reading {
  readonly findings: Finding[] = [];
  readonly #failed = new Set<string>();

  /**
   * @param what the kind of the objects, in the plural
   * @returns undefined where `read` gives that, and for an answer that is no API server's or its failure, which is then a finding
   * @throws {ApiError} for any other answer
   */
  async attempt<T>(subject: Subject, what: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ApiError) || !(error.kind === 'malformed' || error.status >= 500)) throw error;
      this.#failed.add(what);
      this.findings.push({
        level: 'problem',
        subject,
        code: 'NotReadable',
        message: `${what} could not be read, so they are not checked: ${error.message}.`,
        advice: 'Run doctor with --v=6 to see each request, and read the log of the API server.',
      });
      return undefined;
    }
  }

  /** The kinds that this user may not see: those without a value that are no finding yet. */
  hidden(seen: Readonly<Record<string, unknown>>): string[] {
    return Object.entries(seen)
      .filter(([what, objects]) => objects === undefined && !this.#failed.has(what))
      .map(([what]) => what);
  }
}
