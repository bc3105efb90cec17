import { knownObject } from '../identity.js';
import { asRecord } from '../json.js';
import type { Line } from './lineReader.js';
import type { ApiRequest, WatchEvent } from './transport.js';

/** The types of Kubernetes; logs and metrics name them, so that no others pass. */
const TYPES: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

const MODIFIED = '{"type":"MODIFIED",';

/** So much of a line that is no event is kept, for the log. */
const SHOWN_CHARACTERS = 200;

/**
 * Reads one line of a watch. Throws for no line: what is no event has type `MALFORMED` and its text (cut) as object.
 * @param isKnown of the request
 */
export function readWatchEvent({ text, tooLong }: Line, isKnown?: ApiRequest['isKnown']): WatchEvent {
  if (!tooLong) {
    const known = text.startsWith(MODIFIED) ? knownObject(text, isKnown) : undefined;
    if (known !== undefined) return { type: 'MODIFIED', object: undefined, known };
    try {
      const { type, object } = asRecord(JSON.parse(text));
      if (isType(type)) return { type, object };
    } catch {
      // Reported below.
    }
  }
  return { type: 'MALFORMED', object: text.slice(0, SHOWN_CHARACTERS) };
}

function isType(type: unknown): type is string {
  return TYPES.has(type);
}
