import { describe, expect, test } from 'vitest';
import { Transform } from '../../src/controller/transform.js';

describe('Transform', () => {
  test('endpoints of a slice with the same zones in their hints share one object, in the order of the zones', () => {
    const hints = [['a'], ['a', 'b'], ['b', 'a'], ['a', 'b'], undefined, ['a']];
    const { endpoints } = new Transform().slice({
      metadata: { name: 's', namespace: 'n' },
      addressType: 'IPv4',
      endpoints: hints.map((zones, i) => ({
        addresses: [`10.0.0.${i}`],
        ...(zones && { hints: { forZones: zones.map((name) => ({ name })) } }),
      })),
    });
    expect(endpoints.map((endpoint) => endpoint.hints?.forZones)).toEqual(hints);
    expect(endpoints[1]!.hints).toBe(endpoints[3]!.hints);
    expect(endpoints[0]!.hints).toBe(endpoints[5]!.hints);
    expect(endpoints[1]!.hints).not.toBe(endpoints[2]!.hints);
  });

  test('hints for nodes are read for each endpoint', () => {
    const { endpoints } = new Transform().slice({
      metadata: { name: 's', namespace: 'n' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'x' }] } }],
    });
    expect(endpoints[0]!.hints).toEqual({ forZones: ['a'], forNodes: ['x'] });
  });
});
