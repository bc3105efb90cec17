import { describe, expect, test } from 'vitest';
import * as exchange from '../../../src/sandbox/wire/exchange.js';
import type { AnswerOptions } from '../../../src/sandbox/wire/exchange.js';
import { StatusError } from '../../../src/sandbox/schema/status.js';
import { settle } from '../../support/fakeClock.js';
import { Sent, requestOf } from '../http.js';

describe('a body', () => {
  test.each<[string, (string | Buffer)[], string]>([
    ['in one piece', [Buffer.from('ä')], 'ä'],
    ['in pieces that part a character', [Buffer.from('ä').subarray(0, 1), Buffer.from('ä').subarray(1)], 'ä'],
    ['as text', ['a', 'b'], 'ab'],
    ['that is empty', [], ''],
  ])('%s', async (_, chunks, text) => {
    expect(await exchange.readBody(requestOf(chunks))).toBe(text);
  });

  test('has a limit', async () => {
    const most = Buffer.alloc(3 * 1024 * 1024);
    expect((await exchange.readBytes(requestOf([most]))).length).toBe(most.length);
    await expect(exchange.readBytes(requestOf([most, 'x']))).rejects.toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' }); // prettier-ignore
  });

  test.each([
    [undefined, ''],
    ['application/JSON; charset=utf-8', 'application/json'],
    [' application/yaml ', 'application/yaml'],
  ])('has the media type of the header %j', (header, type) => {
    expect(exchange.mediaTypeOf(requestOf([], header))).toBe(type);
  });

  test.each<[string, string | undefined]>([
    ['{"a":1}', 'application/json'],
    ['{"a":1}', undefined],
    ['a: 1', 'application/yaml'],
    ['a: 1', 'application/vnd.kubernetes.yaml'],
  ])('%s as %s is an object', async (text, type) => {
    expect(await exchange.readObject(requestOf([text], type))).toEqual({ a: 1 });
  });

  test.each<[string, string | undefined, number, string]>([
    ['{}', 'text/plain', 415, 'the body of the request was in an unknown format'],
    ['a: 1', 'application/json', 400, "couldn't get version/kind; json parse error: "],
    ['a: [', 'application/yaml', 400, "couldn't get version/kind; json parse error: "],
    ['[]', 'application/json', 400, 'cannot unmarshal the body into Go value'],
    ['text', 'application/yaml', 400, 'cannot unmarshal the body into Go value'],
    ['', undefined, 400, "couldn't get version/kind"],
  ])('%s as %s is refused', async (text, type, code, message) => {
    await expect(exchange.readObject(requestOf([text], type))).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string }); // prettier-ignore
  });
});

describe('an answer', () => {
  test('has its length in bytes and the headers that are asked for', () => {
    const sent = new Sent();
    exchange.answer(sent.response, 201, 'ä', 'text/plain', { headers: { warning: 'w' } });
    expect([sent.status, sent.sentHeaders]).toEqual([201, { 'content-type': 'text/plain', 'content-length': 2, warning: 'w' }]); // prettier-ignore
    expect(sent.text).toBe('ä');
    expect(sent.writableEnded).toBe(true);
  });

  test('that breaks off has half of the body and its whole length', async () => {
    const sent = new Sent();
    const pieces: string[] = [];
    sent.on('data', (chunk: Buffer) => void pieces.push(String(chunk)));
    exchange.answer(sent.response, 200, 'abcd', undefined, { breakOff: true });
    await settle();
    expect([pieces.join(''), sent.sentHeaders, sent.destroyed]).toEqual(['ab', { 'content-type': 'application/json', 'content-length': 4 }, true]); // prettier-ignore
  });

  test.each<[string, (sent: Sent) => void]>([
    ['began already', (sent) => void (sent.headersSent = true)],
    ['has nobody to go to', (sent) => void sent.destroy()],
  ])('that %s is not given again', (_, prepare) => {
    const sent = new Sent();
    prepare(sent);
    exchange.answer(sent.response, 200, 'a');
    exchange.answerPieces(sent.response, ['a', 'b'], {});
    expect([sent.status, sent.writableEnded]).toEqual([0, false]);
  });

  test.each<[string, string[], AnswerOptions, object]>([
    ['of several pieces has no length', ['a', 'b'], { headers: { x: 'y' } }, { 'content-type': 'application/json', x: 'y' }],
    ['of one piece has its length', ['ab'], {}, { 'content-type': 'application/json', 'content-length': 2 }],
    ['of several pieces that breaks off has its length', ['a', 'b'], { breakOff: true }, { 'content-type': 'application/json', 'content-length': 2 }],
  ])('%s', (_, pieces, options, headers) => {
    const sent = new Sent();
    exchange.answerPieces(sent.response, pieces, options);
    expect(sent.sentHeaders).toEqual(headers);
    expect(sent.text).toBe(options.breakOff === true ? 'a' : 'ab');
  }); // prettier-ignore
});

describe('an error', () => {
  test('is a Status', () => {
    const sent = new Sent();
    exchange.answerError(sent.response, new StatusError(404, 'NotFound', 'not here'));
    expect([sent.status, sent.sentHeaders]).toEqual([404, expect.not.objectContaining({ 'retry-after': expect.anything() as unknown })]); // prettier-ignore
    expect(JSON.parse(sent.text)).toMatchObject({ kind: 'Status', code: 404, message: 'not here' });
  });

  test('tells when to try again', () => {
    const sent = new Sent();
    exchange.answerError(sent.response, new StatusError(429, 'TooManyRequests', '', { retryAfterSeconds: 3 }));
    expect(sent.sentHeaders).toMatchObject({ 'retry-after': '3' });
  });
});
