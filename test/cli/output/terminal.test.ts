import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { painter, wantsColour, writeOut } from '../../../src/cli/output/terminal.js';
import { Sink } from '../../support/sink.js';

describe('colours', () => {
  test.each<[string, NodeJS.ProcessEnv, boolean, boolean]>([
    ['on a terminal', {}, true, true],
    ['not elsewhere', {}, false, false],
    ['not where NO_COLOR has any value', { NO_COLOR: '0' }, true, false],
    ['where NO_COLOR is empty', { NO_COLOR: '' }, true, true],
    ['not on a terminal that has none', { TERM: 'dumb' }, true, false],
    ['elsewhere by FORCE_COLOR', { FORCE_COLOR: '1' }, false, true],
    ['by an empty FORCE_COLOR', { FORCE_COLOR: '' }, false, true],
    ['nowhere by FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
    ['nowhere by FORCE_COLOR=false', { FORCE_COLOR: 'false' }, true, false],
    ['by FORCE_COLOR before NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  ])('%s', (_, env, isTTY, expected) => {
    expect(wantsColour(env, isTTY)).toBe(expected);
    expect(painter({ env, isTTY })('red', 'x')).toBe(expected ? '\u001b[31mx\u001b[39m' : 'x');
  });
});

describe('writing', () => {
  const failing = (code: string): Writable =>
    new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) }).on('error', () => undefined); // prettier-ignore

  test('waits until the text is out', async () => {
    const sink = new Sink();
    await writeOut(sink, 'text');
    expect(sink.text).toBe('text');
  });

  test('to a reader that has gone is no failure', async () => {
    await expect(writeOut(failing('EPIPE'), 'x')).resolves.toBeUndefined();
  });

  test('to a full disk is one', async () => {
    await expect(writeOut(failing('ENOSPC'), 'x')).rejects.toThrow('ENOSPC');
  });
});
