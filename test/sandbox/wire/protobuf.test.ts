import { describe, expect, test } from 'vitest';
import { parseProtobuf } from '../../../src/sandbox/wire/protobuf.js';
import { StatusError } from '../../../src/sandbox/schema/status.js';

type Part = string | number | Part[];

/** A field: text and lists of fields are length-delimited, numbers are varints. */
function field(number: number, part: Part): Buffer {
  if (typeof part === 'number') return Buffer.from([...varint(number * 8), ...varint(part)]);
  const bytes = typeof part === 'string' ? Buffer.from(part) : fields(part);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
}

/** `[number, part, number, part, …]` */
function fields(parts: readonly Part[]): Buffer {
  const buffers: Buffer[] = [];
  for (let i = 0; i < parts.length; i += 2) buffers.push(field(Number(parts[i]), parts[i + 1] ?? ''));
  return Buffer.concat(buffers);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function body(apiVersion: string, kind: string, object: readonly Part[]): Buffer {
  const raw = fields(object);
  const head = fields([1, [1, apiVersion, 2, kind]]);
  const rest = Buffer.concat([Buffer.from([2 * 8 + 2, ...varint(raw.length)]), raw]);
  return Buffer.concat([Buffer.from('k8s\0'), head, rest]);
}

describe('a protobuf body', () => {
  test('of a Service becomes its JSON, with numbers, names of ports and repeated fields', () => {
    const port = [1, 'http', 2, 'TCP', 3, 80, 4, [1, 0, 2, 8080]];
    const named = [1, 'tls', 3, 443, 4, [1, 1, 3, 'https']];
    const spec: Part[] = [1, port, 1, named, 2, [1, 'app', 2, 'web'], 4, 'NodePort', 5, '192.0.2.1', 13, 1];
    const metadata: Part[] = [1, 'web', 11, [1, 'a', 2, '1'], 11, [1, 'b', 2, '2']];
    expect(parseProtobuf(body('v1', 'Service', [1, metadata, 2, spec, 99, 'not known']))).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', labels: { a: '1', b: '2' } },
      spec: {
        ports: [
          { name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 },
          { name: 'tls', port: 443, targetPort: 'https' },
        ],
        selector: { app: 'web' },
        type: 'NodePort',
        externalIPs: ['192.0.2.1'],
        publishNotReadyAddresses: true,
      },
    });
  });

  test('of an Eviction has the options of the deletion', () => {
    expect(parseProtobuf(body('policy/v1', 'Eviction', [1, [1, 'web-1'], 2, [1, 30, 5, 'All']]))).toMatchObject({
      metadata: { name: 'web-1' },
      deleteOptions: { gracePeriodSeconds: 30, dryRun: ['All'] },
    });
  });

  test.each<[string, Buffer, number]>([
    ['another kind', body('apps/v1', 'Deployment', []), 415],
    ['no magic number', Buffer.from('{}'), 400],
    ['a length beyond the end', Buffer.from('k8s\0\x0a\x7f'), 400],
    ['a varint without an end', Buffer.from([0x6b, 0x38, 0x73, 0, 0x80]), 400],
    ['a number where text belongs', body('v1', 'Namespace', [1, 5]), 400],
    ['text where a number belongs', body('v1', 'Service', [2, [1, [3, 'x']]]), 400],
  ])('with %s is refused', (_, bytes, code) => {
    let thrown: unknown;
    try {
      parseProtobuf(bytes);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(StatusError);
    expect((thrown as StatusError).code).toBe(code);
  });
});
