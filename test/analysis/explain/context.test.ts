import { expect, test } from 'vitest';
import { figuresOf } from '../../../src/analysis/explain/context.js';
import type { AddressTypeForecast } from '../../../src/hints/forecast.js';

const forecast = (addressType: string, inZoneShare: number): AddressTypeForecast => ({ addressType, inZoneShare, worstLoad: 1.5 }) as AddressTypeForecast; // prettier-ignore

test.each([
  ['IPv4', { inZoneShare: 0.4, busiest: 1.5 }],
  ['IPv6', { inZoneShare: 0.6, busiest: 1.5 }],
  ['FQDN', { inZoneShare: 0, busiest: 0 }],
])('the figures of %s are those of its forecast, and 0 where there is none', (addressType, figures) => {
  expect(figuresOf([forecast('IPv4', 0.4), forecast('IPv6', 0.6)], addressType)).toEqual(figures);
});
