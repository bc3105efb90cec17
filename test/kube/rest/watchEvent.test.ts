import { expect, test } from 'vitest';
import { readWatchEvent } from '../../../src/kube/rest/watchEvent.js';

test.each<[string, string, unknown]>([
  ['an event', '{"type":"ADDED","object":{"kind":"Node"}}', { type: 'ADDED', object: { kind: 'Node' } }],
  ['fields that it has beside', '{"type":"ADDED","object":1,"time":2}', { type: 'ADDED', object: 1 }],
  ['an event without an object', '{"type":"BOOKMARK"}', { type: 'BOOKMARK', object: undefined }],
  ['an error', '{"type":"ERROR","object":{"code":410}}', { type: 'ERROR', object: { code: 410 } }],
  ['a type of no Kubernetes', '{"type":"GONE"}', { type: 'MALFORMED', object: '{"type":"GONE"}' }],
  ['a type that is no text', '{"type":5,"object":1}', { type: 'MALFORMED', object: '{"type":5,"object":1}' }],
  ['JSON that is no object', '[1]', { type: 'MALFORMED', object: '[1]' }],
  ['null', 'null', { type: 'MALFORMED', object: 'null' }],
  ['no JSON', '<html>', { type: 'MALFORMED', object: '<html>' }],
  ['a long text without sense', 'x'.repeat(500), { type: 'MALFORMED', object: 'x'.repeat(200) }],
])('a line of a watch is read: %s', (_name, text, event) => {
  expect(readWatchEvent({ text, tooLong: false })).toEqual(event);
});

test('of a line that was too long only the beginning is there, which counts as no event even where it reads as one', () => {
  const text = '{"type":"ADDED","object":{}}';
  expect(readWatchEvent({ text, tooLong: true })).toEqual({ type: 'MALFORMED', object: text });
});

test.each<[string, string, boolean]>([
  [
    'is not parsed',
    '{"type":"MODIFIED","object":{"kind":"K","metadata":{"name":"n","namespace":"s","resourceVersion":"7"}}}',
    true,
  ],
  [
    'is parsed in another version',
    '{"type":"MODIFIED","object":{"kind":"K","metadata":{"name":"n","namespace":"s","resourceVersion":"8"}}}',
    false,
  ],
  [
    'is parsed where it is deleted',
    '{"type":"DELETED","object":{"kind":"K","metadata":{"name":"n","namespace":"s","resourceVersion":"7"}}}',
    false,
  ],
  [
    'is parsed where it is no line of a watch',
    '{"kind":"K","metadata":{"name":"n","namespace":"s","resourceVersion":"7"}}',
    false,
  ],
])('an object that the reader knows %s', (_name, text, isKnown) => {
  // prettier-ignore
  const known = { key: 's/n', version: '7' };
  const event = readWatchEvent({ text, tooLong: false }, ({ key, version }) => key === 's/n' && version === '7');
  if (isKnown) expect(event).toEqual({ type: 'MODIFIED', object: undefined, known });
  else expect(event).toEqual(readWatchEvent({ text, tooLong: false }));
});
