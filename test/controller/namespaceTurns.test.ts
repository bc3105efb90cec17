import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { NamespaceTurns } from '../../src/controller/namespaceTurns.js';

/** Puts `aab` in: two items of a, then one of b; they are numbered, `a1 a2 b1`. */
function turnsOf(namespaces: string): { turns: NamespaceTurns<string>; add: (namespaces: string) => void } {
  const turns = new NamespaceTurns<string>();
  const made = new Map<string, number>();
  const add = (more: string): void => {
    for (const namespace of more) {
      const number = (made.get(namespace) ?? 0) + 1;
      made.set(namespace, number);
      turns.push(namespace, `${namespace}${number}`);
    }
  };
  add(namespaces);
  return { turns, add };
}

/** Takes so many items, each of which costs what its namespace's do. */
function taken(turns: NamespaceTurns<string>, count: number, costs: Readonly<Record<string, number>> = {}): string {
  const items: string[] = [];
  for (let i = 0; i < count; i++) {
    const next = turns.take();
    if (next === undefined) break;
    turns.charge(next.namespace, costs[next.namespace] ?? 0);
    items.push(next.item);
  }
  return items.join(' ');
}

describe('the turns of namespaces', () => {
  test.each<[string, string, Record<string, number>, string]>([
    ['one namespace: first come, first served', 'aaa', {}, 'a1 a2 a3'],
    ['namespaces of cheap items take turns one by one', 'aaaabbc', {}, 'a1 b1 c1 a2 b2 a3 a4'],
    ['items of equal cost take turns one by one', 'aaabbb', { a: 50, b: 50 }, 'a1 b1 a2 b2 a3 b3'],
    ['an expensive item is made up for by cheap ones of others', 'aaabbbbb', { a: 4 }, 'a1 b1 b2 b3 b4 a2 b5 a3'],
    ['costs of less than a millisecond count as one', 'aabb', { a: 0.2, b: 0.9 }, 'a1 b1 a2 b2'],
  ])('%s', (_, namespaces, costs, order) => {
    const { turns } = turnsOf(namespaces);
    expect(taken(turns, namespaces.length, costs)).toBe(order);
    expect([turns.isEmpty, turns.take()]).toEqual([true, undefined]);
  });

  test('a namespace that comes later is served next, and is owed nothing for the time before', () => {
    const { turns, add } = turnsOf('aaaaaa');
    expect(taken(turns, 2, { a: 100 })).toBe('a1 a2');
    add('bbb');
    expect(taken(turns, 4, { a: 100, b: 100 })).toBe('b1 a3 b2 a4');
  });

  test('what a namespace has had counts when it comes back while others wait', () => {
    const { turns, add } = turnsOf('abb');
    expect(taken(turns, 2, { a: 3, b: 2 })).toBe('a1 b1');
    add('a');
    expect(taken(turns, 2)).toBe('b2 a2');
  });

  test('once nothing waits, all begin anew', () => {
    const { turns, add } = turnsOf('a');
    expect(taken(turns, 2, { a: 1000 })).toBe('a1');
    add('ba');
    add('a');
    expect(taken(turns, 3)).toBe('b1 a2 a3');
  });

  test('nothing is lost, order within a namespace stays, and who waits is never behind by more than one item', () => {
    const namespace = fc.constantFrom('a', 'b', 'c', 'd');
    const arrival = fc.record({ namespace, cost: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 200 })) });
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 2, arbitrary: arrival }, fc.constant('take' as const)), { maxLength: 120 }),
        (steps) => {
          const turns = new NamespaceTurns<{ namespace: string; number: number; cost: number }>();
          const waiting = new Map<string, number[]>();
          /** Since a namespace began to wait: the time that each other has had, while it had none. */
          const behind = new Map<string, Map<string, number>>();
          let number = 0;
          const take = (): void => {
            const next = turns.take();
            expect(next === undefined).toBe([...waiting.values()].every(({ length }) => length === 0));
            if (next === undefined) return;
            const { namespace: own, item } = next;
            expect(item.namespace).toBe(own);
            expect(waiting.get(own)?.shift()).toBe(item.number);
            const cost = Math.max(1, item.cost);
            turns.charge(own, item.cost);
            behind.delete(own);
            for (const [other, numbers] of waiting) {
              if (other === own || numbers.length === 0) continue;
              const had = behind.get(other) ?? new Map<string, number>();
              behind.set(other, had);
              // It had less than the one that waits had had, or it would not have been served.
              const before = had.get(own) ?? 0;
              expect(before).toBeLessThanOrEqual(201);
              had.set(own, before + cost);
            }
          };
          for (const step of steps) {
            if (step === 'take') take();
            else {
              turns.push(step.namespace, { ...step, number: ++number });
              waiting.set(step.namespace, [...(waiting.get(step.namespace) ?? []), number]);
            }
          }
          while (!turns.isEmpty) take();
          expect([...waiting.values()].flat()).toEqual([]);
        },
      ),
    );
  });
});
