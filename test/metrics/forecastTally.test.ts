import { describe, expect, test } from 'vitest';
import { ForecastTally } from '../../src/metrics/forecastTally.js';

describe('the state of forecasts by mode', () => {
  test('is the mean share and the worst load over the Services of a mode', () => {
    const tally = new ForecastTally();
    tally.note('shop/cart', 'auto', [{ inZoneShare: 1, worstLoad: 1.1 }]);
    tally.note('shop/pay', 'auto', [
      { inZoneShare: 0.5, worstLoad: 1.3 },
      { inZoneShare: 0, worstLoad: 1 },
    ]);
    tally.note('shop/logs', 'balanced', [{ inZoneShare: 0.25, worstLoad: 1.2 }]);
    expect(tally.summarise()).toEqual([
      { mode: 'auto', inZoneShare: 0.5, worstLoad: 1.3 },
      { mode: 'balanced', inZoneShare: 0.25, worstLoad: 1.2 },
    ]);
  });

  test('counts a Service once, with its last plan, in its last mode', () => {
    const tally = new ForecastTally();
    tally.note('shop/cart', 'auto', [{ inZoneShare: 1, worstLoad: 3 }]);
    tally.note('shop/cart', 'same-zone', [{ inZoneShare: 0.5, worstLoad: 2 }]);
    expect(tally.summarise()).toEqual([{ mode: 'same-zone', inZoneShare: 0.5, worstLoad: 2 }]);
  });

  test('leaves out what carries no traffic, and Services that are gone', () => {
    const tally = new ForecastTally();
    tally.note('shop/names', 'auto', [{ inZoneShare: 0, worstLoad: 0 }]);
    tally.note('shop/cart', 'auto', [{ inZoneShare: 1, worstLoad: 1 }]);
    tally.note('shop/pay', 'auto', [{ inZoneShare: 1, worstLoad: 1 }]);
    tally.note('shop/pay', 'off', []);
    tally.forget('shop/cart');
    expect(tally.summarise()).toEqual([]);
  });
});
