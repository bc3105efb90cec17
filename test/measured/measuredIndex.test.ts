import { expect, test } from 'vitest';
import { MeasuredIndex } from '../../src/measured/measuredIndex.js';
import { measuredFigures, measuredService } from '../support/measured.js';

const index = new MeasuredIndex(
  measuredFigures(
    measuredService('a=0.5 b=0.5', { key: 'shop/still' }),
    measuredService('a=0.5 b=0.5', { key: 'shop/moved', latest: 'a=0.8 b=0.2' }),
    measuredService('a=0.5 b=0.5', { key: 'shop/old', latest: 'a=0.8 b=0.2', ageSeconds: 700 }),
  ),
);

test.each([
  ['shop/still', { fresh: true, moved: false }],
  ['shop/moved', { fresh: true, moved: true }],
  ['shop/old', { fresh: false, moved: false }],
])('%s', (key, state) => {
  expect(index.of(key)).toMatchObject(state);
  expect(index.of(key)).toBe(index.of(key));
});

test('a Service that is not measured has no state', () => {
  expect(index.of('shop/other')).toBeUndefined();
  expect([...index.keys()]).toEqual(['shop/still', 'shop/moved', 'shop/old']);
});
