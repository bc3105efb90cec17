import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readBody } from '../../../src/kube/rest/responseBody.js';

function reading(maxBytes: number): { body: ReturnType<typeof readBody>; answer: PassThrough } {
  const answer = new PassThrough();
  return { answer, body: readBody(answer as unknown as IncomingMessage, maxBytes) };
}

describe('the body of an answer', () => {
  test('is what came until its end', async () => {
    const { answer, body } = reading(100);
    answer.write('{"kind":');
    answer.end('"Node"}');
    await expect(body).resolves.toEqual({ bytes: Buffer.from('{"kind":"Node"}'), whole: true });
  });

  test('may be empty', async () => {
    const { answer, body } = reading(100);
    answer.end();
    await expect(body).resolves.toEqual({ bytes: Buffer.alloc(0), whole: true });
  });

  test('of just the allowed length is whole', async () => {
    const { answer, body } = reading(4);
    answer.end('1234');
    await expect(body).resolves.toMatchObject({ whole: true });
  });

  test('that is longer is given up: its beginning is there, and the connection is closed', async () => {
    const { answer, body } = reading(4);
    answer.write('123');
    answer.write('456');
    await expect(body).resolves.toEqual({ bytes: Buffer.from('123456'), whole: false });
    expect(answer.destroyed).toBe(true);
  });

  test('whose connection breaks rejects with the cause', async () => {
    const { answer, body } = reading(100);
    answer.write('{');
    answer.destroy(new Error('reset'));
    await expect(body).rejects.toThrow('reset');
  });

  test('whose connection is closed before its end, without a cause, rejects', async () => {
    const { answer, body } = reading(100);
    answer.write('{');
    answer.destroy();
    await expect(body).rejects.toThrow('closed before the end');
  });
});
