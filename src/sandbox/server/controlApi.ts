import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, parseValue, readBody } from '../wire/exchange.js';
import type { FaultBoard } from '../faults/faults.js';
import { checkFault, parseFault } from '../faults/faultSpec.js';
import { isJsonObject } from '../schema/kubeObject.js';
import { StatusError, badRequest, methodNotAllowed } from '../schema/status.js';

const root = '/sandbox/faults';

/** Paths of the sandbox itself; no fault touches them. */
export function isControlPath(path: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/**
 * The fault board over HTTP, for other processes: GET lists what is on and what struck, POST switches on a fault given
 * as JSON or as `name:key=value,…`, DELETE switches off all, or one by id or by name.
 */
export class ControlApi {
  readonly #faults: FaultBoard;

  constructor(faults: FaultBoard) {
    this.#faults = faults;
  }

  /** @throws {StatusError} 400 with one sentence for a fault that is none */
  async handle(incoming: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const which = decodeURIComponent(path.slice(root.length + 1));
    const body = await readBody(incoming);
    switch (incoming.method ?? '') {
      case 'GET':
        answer(response, 200, JSON.stringify({ active: this.#faults.list(), fired: this.#faults.fired() }));
        return;
      case 'POST':
        answer(response, 201, JSON.stringify(this.#faults.add(specOf(body))));
        return;
      case 'DELETE':
        answer(response, 200, JSON.stringify({ removed: this.#remove(which) }));
        return;
      default:
        throw methodNotAllowed();
    }
  }

  #remove(which: string): number {
    if (which === '') {
      const count = this.#faults.list().length;
      this.#faults.clear();
      return count;
    }
    const removed = /^\d+$/.test(which)
      ? this.#faults.remove(Number(which))
      : this.#faults.list().filter(({ spec, id }) => spec.name === which && this.#faults.remove(id) > 0).length;
    if (removed === 0) throw new StatusError(404, 'NotFound', `No fault "${which}" is on.`);
    return removed;
  }
}

function specOf(body: string): ReturnType<typeof parseFault> {
  try {
    if (!body.trim().startsWith('{')) return parseFault(body);
    const value = parseValue(body, false);
    return checkFault(isJsonObject(value) ? value : {});
  } catch (error) {
    throw error instanceof StatusError ? error : badRequest(error instanceof Error ? error.message : String(error));
  }
}
