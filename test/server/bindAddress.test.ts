import { describe, expect, test } from 'vitest';
import { parseBindAddress, type BindAddress } from '../../src/server/bindAddress.js';

describe('a bind address', () => {
  test.each<[string, BindAddress | undefined]>([
    ['0', undefined],
    [':8080', { host: undefined, port: 8080 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65535 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
  ])('%s is read', (text, expected) => {
    expect(parseBindAddress(text)).toEqual(expected);
  });

  test.each(['', '8080', ':', ':65536', '::1:8080', '[::1]', 'a:b', '127.0.0.1:-1', ' :8080'])(
    '%j is refused in one sentence',
    (text) => {
      expect(() => parseBindAddress(text)).toThrow(new RangeError(`expected host:port, :port or 0, got "${text}"`));
    },
  );
});
