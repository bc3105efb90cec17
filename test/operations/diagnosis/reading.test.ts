import { expect, test } from 'vitest';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { Reading } from '../../../src/operations/diagnosis/reading.js';

const rejecting = (error: Error) => (): Promise<readonly string[]> => Promise.reject(error);

test.each<[string, ApiError]>([
  ['an answer that is not understood', new ApiError('malformed', 'GET /things: the answer is empty')],
  ['a server that fails', new ApiError('http', 'GET /things: 503', { status: 503 })],
])('%s is a finding, and nothing that is hidden', async (_, error) => {
  const reading = new Reading();
  expect(await reading.attempt('nodes', 'Things', rejecting(error))).toBeUndefined();
  expect(reading.findings).toEqual([
    {
      level: 'problem',
      subject: 'nodes',
      code: 'NotReadable',
      message: `Things could not be read, so they are not checked: ${error.message}.`,
      advice: expect.stringContaining('--v=6') as string,
    },
  ]);
  expect(reading.hidden({ Things: undefined, Others: undefined, Seen: [] })).toEqual(['Others']);
});

test.each<[string, Error]>([
  ['a server that cannot be reached', new ApiError('network', 'refused')],
  ['an answer that each caller reads for itself', new ApiError('http', 'not found', { status: 404 })],
  ['a mistake of the program', new TypeError('x is not a function')],
])('%s is an error', async (_, error) => {
  const reading = new Reading();
  await expect(reading.attempt('nodes', 'Things', rejecting(error))).rejects.toBe(error);
  expect(reading.findings).toEqual([]);
});

test('what may not be seen is undefined, and is no finding yet', async () => {
  const reading = new Reading();
  expect(await reading.attempt('nodes', 'Things', () => Promise.resolve(undefined))).toBeUndefined();
  expect([reading.findings, reading.hidden({ Things: undefined })]).toEqual([[], ['Things']]);
});
