import { describe, expect, test } from 'vitest';
import { randomSuffix, randomUid, ServiceAllocator } from '../../../src/sandbox/schema/identifiers.js';

/** The same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

test('random names have the form of Kubernetes, and a seed makes them again', () => {
  for (let seed = 1; seed <= 50; seed++) {
    expect(randomUid(seeded(seed))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(randomSuffix(seeded(seed))).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(randomUid(seeded(seed))).toBe(randomUid(seeded(seed)));
  }
});

describe('addresses and ports of Services', () => {
  test('are each handed out once, and none ends in 0', () => {
    const allocator = new ServiceAllocator();
    const addresses = Array.from({ length: 600 }, () => allocator.address('IPv4'));
    expect(new Set(addresses).size).toBe(600);
    expect(addresses.slice(0, 2)).toEqual(['10.96.0.10', '10.96.0.11']);
    expect(addresses.filter((address) => address.endsWith('.0'))).toEqual([]);
    expect(allocator.address('IPv6')).toMatch(/^fd00:10:96::[0-9a-f]+$/);
    expect([allocator.nodePort(), allocator.nodePort()]).toEqual([30000, 30001]);
  });

  test('that were claimed are passed over until they are released', () => {
    const allocator = new ServiceAllocator();
    expect([allocator.claim('10.96.0.10'), allocator.claim('10.96.0.10'), allocator.claim('30000')]).toEqual([true, false, true]); // prettier-ignore
    expect([allocator.address('IPv4'), allocator.nodePort()]).toEqual(['10.96.0.11', 30001]);
    allocator.release('10.96.0.10');
    expect(allocator.claim('10.96.0.10')).toBe(true);
  });

  test('ports begin again behind 32767, and are refused while all are in use', () => {
    const allocator = new ServiceAllocator();
    const ports = Array.from({ length: 2768 }, () => allocator.nodePort());
    expect([Math.min(...ports), Math.max(...ports), new Set(ports).size]).toEqual([30000, 32767, 2768]);
    expect(() => allocator.nodePort()).toThrow('failed to allocate a nodePort: range is full');
    allocator.release('30005');
    expect(allocator.nodePort()).toBe(30005);
  });
});
