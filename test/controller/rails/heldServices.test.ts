import { expect, test } from 'vitest';
import { HeldServices, HOLD_REASONS } from '../../../src/controller/rails/heldServices.js';

test('every reason has its number, also where it is 0', () => {
  const held = new HeldServices();
  held.note('shop/a', 'stop');
  held.note('shop/b', 'stop');
  held.note('shop/c', 'budget');
  held.note('shop/c', undefined);
  held.note('shop/none', undefined);
  expect([...held.count()]).toEqual(HOLD_REASONS.map((reason) => [reason, reason === 'stop' ? 2 : 0]));
});

test('Services are in the order in which they came to be held back by a reason', () => {
  const held = new HeldServices();
  for (const key of ['shop/b', 'shop/a', 'shop/c']) held.note(key, 'stop');
  held.note('shop/b', 'stop');
  expect(held.keys('stop')).toEqual(['shop/b', 'shop/a', 'shop/c']);
  held.note('shop/b', 'fuse');
  held.note('shop/b', 'stop');
  expect(held.keys('stop')).toEqual(['shop/a', 'shop/c', 'shop/b']);
});

test('those of another replica are dropped', () => {
  const held = new HeldServices();
  for (const key of ['shop/a', 'web/a']) held.note(key, 'stop');
  held.drop((key) => key.startsWith('shop/'));
  expect(held.keys('stop')).toEqual(['web/a']);
  expect(['shop/a', 'web/a'].map((key) => held.has(key))).toEqual([false, true]);
});
