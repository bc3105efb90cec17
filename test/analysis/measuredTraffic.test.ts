import { expect, test } from 'vitest';
import { costPerMonth } from '../../src/analysis/measuredTraffic.js';

test.each([
  ['a megabyte a second is 2,628 GB in 730 hours', 1e6, 0.01, 26.28],
  ['without a price it costs nothing', 1e6, 0, 0],
  ['no traffic costs nothing', 0, 0.02, 0],
])('%s', (_, bytesPerSecond, pricePerGb, cost) => {
  expect(costPerMonth(bytesPerSecond, pricePerGb)).toBeCloseTo(cost, 9);
});
