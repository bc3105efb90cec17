import { describe, expect, test } from 'vitest';
import { Refusals, type Patch } from '../../../src/controller/writing/refusals.js';
import { FakeClock } from '../../support/fakeClock.js';

const LIFE_MS = 600_000;

function refusals() {
  const clock = new FakeClock();
  const woken: string[] = [];
  return { clock, woken, book: new Refusals({ clock, lifeMs: LIFE_MS, wake: (key) => woken.push(key) }) };
}

const patch = (zone: string, version = '1'): Patch => [
  { op: 'replace', path: '/metadata/resourceVersion', value: version },
  { op: 'add', path: '/endpoints/0/hints', value: { forZones: [{ name: zone }] } },
];

describe('a refused patch', () => {
  test('counts for ten minutes, and then not at all', async () => {
    const { clock, book } = refusals();
    book.note('shop/web-1', patch('a'), 'no');
    await clock.advance(LIFE_MS - 1);
    expect(book.messageOf('shop/web-1', patch('a'))).toBe('no');
    await clock.advance(1);
    expect(book.messageOf('shop/web-1', patch('a'))).toBeUndefined();
  });

  test.each<[string, string | undefined, string, Patch]>([
    ['is the same from another version of the slice', 'no', 'shop/web-1', patch('a', '2')],
    ['is another one with other hints', undefined, 'shop/web-1', patch('b')],
    ['is another one for another slice', undefined, 'shop/web-2', patch('a')],
  ])('%s', (_name, message, key, other) => {
    const { book } = refusals();
    book.note('shop/web-1', patch('a'), 'no');
    expect(book.messageOf(key, other)).toBe(message);
  });
});

describe('a Service with a refused slice', () => {
  test('is counted and tried again when the refusal has expired, whatever happens meanwhile', async () => {
    const { clock, woken, book } = refusals();
    book.settle('shop/web', true);
    await clock.advance(LIFE_MS / 2);
    book.settle('shop/web', true);
    expect([book.services, woken]).toEqual([1, []]);
    await clock.advance(LIFE_MS / 2);
    expect([book.services, woken]).toEqual([0, ['shop/web']]);
  });

  test('is not counted any more once nothing is refused', async () => {
    const { clock, woken, book } = refusals();
    book.settle('shop/web', true);
    book.settle('shop/web', false);
    await clock.advance(LIFE_MS);
    expect([book.services, woken, clock.pending]).toEqual([0, [], 0]);
  });

  test('that was never refused may settle as well', () => {
    const { clock, book } = refusals();
    book.settle('shop/web', false);
    expect([book.services, clock.pending]).toEqual([0, 0]);
  });

  test('has one timer, however often it is refused', async () => {
    const { clock, book } = refusals();
    for (let i = 0; i < 3; i++) {
      book.settle('shop/web', true);
      await clock.advance(1000);
    }
    expect(clock.pending).toBe(1);
  });

  test('leaves no timer when all is stopped', () => {
    const { clock, book } = refusals();
    book.settle('shop/web', true);
    book.settle('shop/cart', true);
    book.stop();
    expect([book.services, clock.pending]).toEqual([0, 0]);
  });
});
