import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { allocate } from '../../../../src/hints/strategies/auto/allocation.js';
import type { ZoneShare } from '../../../../src/model/cluster.js';

function sharesOf(cpu: Readonly<Record<string, number>>): ZoneShare[] {
  const total = Object.values(cpu).reduce((sum, cpuMilli) => sum + cpuMilli, 0);
  return Object.entries(cpu).map(([zone, cpuMilli]) => ({ zone, cpuMilli, share: cpuMilli / total }));
}

describe('allocate', () => {
  it.each([
    [undefined, 9],
    [[], 9],
    [sharesOf({ a: 1000 }), 9],
  ])('gives up for want of node information with shares %j', (shares, count) => {
    expect(allocate(shares, count)).toEqual({
      ok: false,
      message: 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes',
    });
  });

  it('gives up when there are fewer endpoints than zones', () => {
    expect(allocate(sharesOf({ a: 1, b: 1, c: 1 }), 2)).toEqual({
      ok: false,
      message: 'Insufficient number of endpoints (2 endpoints, 3 zones)',
    });
  });

  // The two lists of upstream's own bail-outs, found by running Kubernetes 1.36 over every count.
  it.each([
    [{ a: 1, b: 1 }, [1, 3, 5]],
    [{ a: 1, b: 1, c: 1 }, [1, 2, 4, 5, 8, 11]],
    [{ a: 1, b: 1, c: 1, d: 1 }, [1, 2, 3, 5, 6, 7, 10, 11, 15]],
    [{ a: 2, b: 1, c: 1 }, [1, 2, 3, 5, 6, 10]],
    [{ a: 8, b: 1, c: 1 }, [1, 2, 3, 4, 5, 6, 12]],
  ])('with CPU %j gives up for exactly %j endpoints out of 1 to 30', (cpu, counts) => {
    const refused = Array.from({ length: 30 }, (_, i) => i + 1).filter((n) => !allocate(sharesOf(cpu), n).ok);
    expect(refused).toEqual(counts);
  });

  it('names the overload in upstream’s words', () => {
    expect(allocate(sharesOf({ a: 1, b: 1, c: 1 }), 11)).toEqual({
      ok: false,
      message:
        'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (11 endpoints, 3 zones)',
    });
  });

  it('leaves every zone the spare endpoints of all above its minimum', () => {
    expect(allocate(sharesOf({ a: 2000, b: 1000, c: 1000 }), 8)).toEqual({
      ok: true,
      zones: [
        { zone: 'a', minimum: 4, desired: 4, maximum: 4 },
        { zone: 'b', minimum: 2, desired: 2, maximum: 2 },
        { zone: 'c', minimum: 2, desired: 2, maximum: 2 },
      ],
    });
  });

  it('always has room: the minima fit, and filling one zone to its maximum uses up every endpoint', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 64_000 }), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: 1, max: 2000 }),
        (cpu, count) => {
          const allocation = allocate(sharesOf(Object.fromEntries(cpu.map((c, i) => [`z${i}`, c]))), count);
          fc.pre(allocation.ok);
          if (!allocation.ok) return;
          const minima = allocation.zones.reduce((sum, zone) => sum + zone.minimum, 0);
          for (const zone of allocation.zones) {
            expect(zone.desired).toBeGreaterThanOrEqual(zone.minimum);
            expect(minima - zone.minimum + zone.maximum).toBe(count);
          }
        },
      ),
    );
  });
});
