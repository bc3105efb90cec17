import type { LiveFacts } from '../../analysis/explain/explanation.js';
import type { Clock } from '../../kube/clock.js';
import { asRecord } from '../../kube/json.js';
import { eventsPath } from '../../kube/rest/paths.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { parseObjectKey } from '../../model/objectKey.js';
import { findLeases } from '../../operations/leases.js';

const COMPONENT = 'slicehints';
const MOST_EVENTS = 10;
const LONGEST_MESSAGE = 1024;

export interface LiveSource {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Reads what only a live cluster tells of a Service: who leads, and the Events that slicehints wrote on it. What cannot be
 * read is left out.
 * @param key `namespace/name`
 */
export async function readLiveFacts(source: LiveSource, key: string): Promise<LiveFacts> {
  const leases = await orUndefined(() => readLeases(source));
  const events = await orUndefined(() => readEvents(source, key));
  return { ...(leases === undefined ? {} : { leases }), ...(events === undefined ? {} : { events }) };
}

async function readLeases(source: LiveSource): Promise<LiveFacts['leases']> {
  const { leases, unreadable } = await findLeases({
    ...source,
    name: COMPONENT,
    likelyNamespaces: [COMPONENT, 'kube-system'],
  });
  return leases.length === 0 && unreadable.length > 0 ? undefined : leases;
}

async function readEvents({ transport, signal }: LiveSource, key: string): Promise<NonNullable<LiveFacts['events']>> {
  const { namespace, name } = parseObjectKey(key);
  const answer = await transport.send({
    method: 'GET',
    path: eventsPath(namespace),
    query: { fieldSelector: `involvedObject.kind=Service,involvedObject.name=${name}` },
    signal,
  });
  const { items } = asRecord(answer);
  return (Array.isArray(items) ? (items as unknown[]) : [])
    .map(asRecord)
    .filter(
      (event) => asRecord(event['source'])['component'] === COMPONENT || event['reportingComponent'] === COMPONENT,
    )
    .map((event) => ({
      type: text(event['type']),
      reason: text(event['reason']),
      message: text(event['message']).slice(0, LONGEST_MESSAGE),
      count: typeof event['count'] === 'number' ? event['count'] : 1,
      lastSeen: text(event['lastTimestamp']) || text(event['eventTime']),
    }))
    .sort((a, b) => (a.lastSeen < b.lastSeen ? -1 : a.lastSeen > b.lastSeen ? 1 : 0))
    .slice(-MOST_EVENTS);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

async function orUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
