import { describe, expect, it } from 'vitest';
import { compareNames, compareText, objectKey, parseObjectKey, serviceKeyOf } from '../../src/model/objectKey.js';

describe('the key of an object', () => {
  it.each([
    ['in a namespace', { namespace: 'shop', name: 'web' }, 'shop/web'],
    ['in a file without a namespace', { namespace: '', name: 'web' }, '/web'],
  ])('%s tells namespace and name', (_, object, key) => {
    expect(objectKey(object)).toBe(key);
    expect(parseObjectKey(key)).toEqual(object);
  });

  it('of a Service is found from its slices', () => {
    expect(serviceKeyOf({ namespace: 'shop', serviceName: 'web' })).toBe(objectKey({ namespace: 'shop', name: 'web' }));
  });

  it('without a slash is a name', () => {
    expect(parseObjectKey('web')).toEqual({ namespace: '', name: 'web' });
  });
});

describe('the order of texts', () => {
  it('is by code units, as in Go: capitals first, no locale', () => {
    expect(['b', 'a', 'ä', 'B', '10', '9'].sort(compareText)).toEqual(['10', '9', 'B', 'a', 'b', 'ä']);
    expect([{ name: 'b' }, { name: 'a' }].sort(compareNames)).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(compareText('a', 'a')).toBe(0);
  });
});
