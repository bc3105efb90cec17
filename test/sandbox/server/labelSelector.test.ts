import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { parseLabelSelector } from '../../../src/sandbox/server/labelSelector.js';

describe('label selectors', () => {
  const labels = { app: 'cart', tier: '', 'example.com/size': '7' };

  test.each([
    ['', true],
    ['app', true],
    ['!app', false],
    ['!missing', true],
    ['app=cart', true],
    ['app==cart', true],
    ['app = cart , tier =', true],
    ['app!=cart', false],
    ['missing!=x', true],
    ['app in (shop, cart)', true],
    ['app in (shop)', false],
    ['app notin (shop)', true],
    ['missing notin (shop)', true],
    ['missing in (shop)', false],
    ['tier in (,x)', true],
    ['example.com/size>6', true],
    ['example.com/size<7', false],
    ['app>1', false],
    ['app,!missing,tier=', true],
    ['app,missing', false],
  ])('%j matches: %s', (selector, matches) => {
    expect(parseLabelSelector(selector)(labels)).toBe(matches);
  });

  test.each([
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in b', "unable to parse requirement: found 'b', expected: '('"],
    ['a,', "unable to parse requirement: found '', expected: identifier after ','"],
    ['=x', "unable to parse requirement: found '=', expected: identifier"],
    ['a>x', "for 'Gt', 'Lt' operators, the value must be an integer"],
    ['-a=b', 'unable to parse requirement: key: Invalid value: "-a"'],
    ['a=-b', 'unable to parse requirement: values[0]: Invalid value: "-b"'],
  ])('%j is refused', (selector, sentence) => {
    expect(() => parseLabelSelector(selector)).toThrow(sentence);
  });

  test('equality, in and notin agree with each other for any label', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/).filter((one) => one !== 'in' && one !== 'notin');
    fc.assert(
      fc.property(word, word, fc.dictionary(word, word), (key, value, any) => {
        const is = parseLabelSelector(`${key}=${value}`)(any);
        expect(parseLabelSelector(`${key} in (${value})`)(any)).toBe(is);
        expect(parseLabelSelector(`${key}!=${value}`)(any)).toBe(!is);
        expect(parseLabelSelector(`${key} notin (${value})`)(any)).toBe(!is);
      }),
    );
  });
});
