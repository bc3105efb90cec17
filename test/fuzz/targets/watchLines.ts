import { pino } from 'pino';
import { Transform } from '../../../src/controller/transform.js';
import { Reflector } from '../../../src/kube/cache/reflector.js';
import { asRecord } from '../../../src/kube/json.js';
import { LineReader, type Line } from '../../../src/kube/rest/lineReader.js';
import { ApiError, type Transport, type WatchEvent } from '../../../src/kube/rest/transport.js';
import { readWatchEvent } from '../../../src/kube/rest/watchEvent.js';
import { FakeClock } from '../../support/fakeClock.js';
import { LONGEST_MESSAGE } from '../refusal.js';

export const words = [
  ...[
    '{"type":"ADDED","object":{',
    '{"type":"MODIFIED","object":{',
    '{"type":"DELETED","object":{',
    '{"type":"BOOKMARK","object":{',
  ],
  ...[
    '{"type":"ERROR","object":{',
    '"metadata":{',
    '"name":"a"',
    '"namespace":"n"',
    '"resourceVersion":"1"',
    '"kind":"Service"',
  ],
  ...[
    '"kind":"EndpointSlice"',
    '"kind":"Node"',
    '"annotations":{"k8s.io/initial-events-end":"true"}',
    '"code":410',
    '"message":"',
  ],
  ...[
    '"endpoints":[',
    '"hints":{"forZones":[{"name":"z"}]}',
    '"labels":{',
    '"spec":{',
    '"status":{',
    '}}\n',
    'null',
    '[]',
    '{}',
  ],
];

const MAX_LINE_BYTES = 3000;
const TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'MALFORMED'];

/** A watch that sends these bytes, in chunks as long as the first byte: the reflector passes over what it cannot use. */
export async function fuzz(bytes: Uint8Array): Promise<void> {
  const [chunkBytes = 0, ...stream] = bytes;
  const events = [...linesOf(Buffer.from(stream), chunkBytes + 1)].map((line) => readWatchEvent(line));
  const ended = new AbortController();
  const findings: string[] = [];
  const reflector = new Reflector<object>({
    name: 'objects',
    transport: new OneWatch(events, () => ended.abort()),
    path: '/objects',
    transform: transformOfKind(new Transform()),
    events: { onChange: () => undefined },
    observer: {
      onHandlerError: () => findings.push('a handler threw'),
      // The type is a label of a metric.
      onEvent: (_name, type) => void (TYPES.includes(type) || findings.push(`the type ${type.slice(0, 100)}`)),
    },
    clock: new FakeClock(),
    random: () => 0.5,
    logger: pino({ level: 'debug' }, { write: (line: string) => void findings.push(...longFields(JSON.parse(line))) }),
  });
  await reflector.run(ended.signal);
  if (findings.length > 0) throw new Error(findings.join(', '));
}

/** Of a line of the log, the fields with text of the server that are longer than a message. */
function longFields(line: unknown): string[] {
  const { what, error } = asRecord(line);
  return [what, error].flatMap((text) =>
    typeof text === 'string' && text.length > LONGEST_MESSAGE ? [`${text.length} characters are logged`] : [],
  );
}

function* linesOf(stream: Buffer, chunkBytes: number): Generator<Line> {
  const reader = new LineReader(MAX_LINE_BYTES);
  for (let start = 0; start < stream.length; start += chunkBytes) {
    yield* reader.push(stream.subarray(start, start + chunkBytes));
  }
  const rest = reader.rest();
  if (rest !== undefined) yield rest;
}

function transformOfKind(transform: Transform): (raw: unknown) => object {
  return (raw) => {
    const { kind } = asRecord(raw);
    if (kind === 'Node') return transform.node(raw);
    return kind === 'Service' ? transform.service(raw) : transform.slice(raw);
  };
}

/** Sends its events to the first watch; later ones, and lists, find it closed. */
class OneWatch implements Transport {
  readonly #events: readonly WatchEvent[];
  readonly #onEnd: () => void;

  constructor(events: readonly WatchEvent[], onEnd: () => void) {
    this.#events = events;
    this.#onEnd = onEnd;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- The interface is for a network.
  async *watch(): AsyncGenerator<WatchEvent> {
    try {
      yield* this.#events;
    } finally {
      this.#onEnd();
    }
  }

  send(): Promise<unknown> {
    this.#onEnd();
    return Promise.reject(new ApiError('aborted', 'closed'));
  }

  close(): void {
    this.#onEnd();
  }
}
