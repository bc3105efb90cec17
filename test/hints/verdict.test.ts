import { describe, expect, it } from 'vitest';
import { Reason } from '../../src/hints/reasons.js';
import { sentenceOf, verdict } from '../../src/hints/verdict.js';

const parts = { hinted: false, type: 'Warning', reason: Reason.HintsBlocked } as const;

describe('verdict', () => {
  it.each([
    ['about an address type ends in it', 'IPv4', 'All is well, addressType: IPv4'],
    ['about the whole Service has the sentence alone', '', 'All is well'],
  ])('%s', (_, addressType, message) => {
    const made = verdict({ ...parts, addressType, sentence: 'All is well' });
    expect(made).toEqual({ ...parts, addressType, message });
    expect(sentenceOf(made)).toBe('All is well');
  });

  it.each([
    ['of 900 characters is whole', 900, 'a'.repeat(900)],
    ['of more is cut, because the API server takes Events of 1,024 bytes', 901, `${'a'.repeat(900)}…`],
  ])('a sentence %s', (_, length, kept) => {
    const { message } = verdict({ ...parts, addressType: 'IPv6', sentence: 'a'.repeat(length) });
    expect(message).toBe(`${kept}, addressType: IPv6`);
  });

  it('keeps an address type that is part of the sentence', () => {
    const sentence = 'The endpoint x, addressType: IPv6, is odd';
    expect(sentenceOf(verdict({ ...parts, addressType: 'IPv6', sentence }))).toBe(sentence);
    expect(sentenceOf({ ...parts, addressType: 'IPv4', message: sentence })).toBe(sentence);
  });
});
