import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { milliFromNano, parseCpuNano, parseNano } from '../../src/model/quantity.js';

describe('Kubernetes quantities', () => {
  test.each([
    ['4', 4e9],
    ['3920m', 3.92e9],
    ['0.5', 5e8],
    ['.5', 5e8],
    ['5.', 5e9],
    ['1500m', 1.5e9],
    ['+2', 2e9],
    ['-1', -1e9],
    ['0', 0],
    ['-0', 0],
    ['100u', 1e5],
    ['7n', 7],
    ['2k', 2e12],
    ['1M', 1e15],
    ['1G', 1e18],
    ['1Ki', 1024e9],
    ['1.5Ki', 1536e9],
    ['2Mi', 2 * 1024 ** 2 * 1e9],
    ['12e3', 12e12],
    ['12E-3', 12e6],
    ['1e0', 1e9],
  ])('%s is %d billionths', (text, nano) => {
    expect(parseNano(text)).toBe(nano);
    expect(parseCpuNano(text)).toBe(nano);
  });

  test('less than a billionth is rounded away from zero', () => {
    expect([parseNano('0.1n'), parseNano('-0.1n'), parseNano('1e-20')]).toEqual([1, -1, 1]);
  });

  test.each(['', ' ', 'm', '.', '4 ', ' 4', '4x', '4mm', '1e', '1ei', 'Ki', '0x10', '1,5', 'NaN', '--1', '1 k'])(
    '"%s" is no quantity',
    (text) => {
      expect(parseNano(text)).toBeUndefined();
      expect(parseCpuNano(text)).toBeUndefined();
    },
  );

  test('huge exponents neither hang nor throw; what is too large is the largest that Kubernetes has', () => {
    expect(parseNano('1e999999999')).toBe(2 ** 63 * 1e9);
    expect(parseNano('1e-999999999')).toBe(1);
  });

  test('numbers are taken as they would be written', () => {
    expect(parseCpuNano(2)).toBe(2e9);
    expect(parseCpuNano(0.25)).toBe(2.5e8);
  });

  test('milli-units are rounded up, as MilliValue() does', () => {
    expect([milliFromNano(1), milliFromNano(1e6), milliFromNano(1e6 + 1)]).toEqual([1, 1, 2]);
  });

  test('the short way for common amounts of CPU gives what the long way gives', () => {
    fc.assert(
      fc.property(fc.nat(99_999), fc.constantFrom('', 'm'), (amount, suffix) => {
        const text = `${amount}${suffix}`;
        expect(parseCpuNano(text)).toBe(parseNano(text));
      }),
    );
  });
});
