import { describe, expect, test } from 'vitest';
import { DemandHistory } from '../../../src/controller/demand/demandHistory.js';
import type { Plan } from '../../../src/hints/plan.js';
import { demandOf, type DemandSource } from '../../../src/model/demand.js';

type Noted = Pick<Plan, 'demand'>;
const plan = (source: DemandSource, shares: Record<string, number>, words: string = source): Noted => ({
  demand: [
    {
      addressType: 'IPv4',
      demand: demandOf(
        source,
        Object.entries(shares).map(([zone, share]) => ({ zone, share })),
        words,
      ),
    },
  ],
});
const cart = (shares: Record<string, number>): Noted => plan('clients', shares, '4 pods of cart');
const inA = { a: 1, b: 0 };
const inB = { a: 0, b: 1 };

/** The messages of what is noted last. */
function told(...steps: [Noted, boolean][]): string[] {
  const history = new DemandHistory();
  return steps
    .map(([noted, wrote]) => history.note('shop/web', noted, wrote))
    .at(-1)!
    .map(({ message }) => message);
}

describe('the Event of a demand that changed', () => {
  test.each<[string, [Noted, boolean][], string[]]>([
    [
      'hints were written because clients moved',
      [
        [cart(inA), true],
        [cart(inB), true],
      ],
      ['Hints follow the demand (4 pods of cart): zone a 100% to 0%, b 0% to 100%, addressType: IPv4'],
    ],
    [
      'the Service names its clients',
      [
        [plan('cpu', { a: 0.5, b: 0.5 }), true],
        [cart(inA), true],
      ],
      [
        'Hints follow the demand, now 4 pods of cart instead of cpu: zone a 50% to 100%, b 50% to 0%, addressType: IPv4',
      ],
    ],
    [
      'the largest changes of many zones come first',
      [
        [cart({ a: 1 }), true],
        [cart({ b: 0.5, c: 0.3, d: 0.1, e: 0.1 }), true],
      ],
      ['Hints follow the demand (4 pods of cart): zone a 100% to 0%, b 0% to 50%, c 0% to 30%, addressType: IPv4'],
    ],
    [
      'whatever the order of their names',
      [
        [cart({ a: 0.5, b: 0.1, c: 0.4 }), true],
        [cart({ a: 0.4, b: 0.5, c: 0.1 }), true],
      ],
      ['Hints follow the demand (4 pods of cart): zone b 10% to 50%, c 40% to 10%, a 50% to 40%, addressType: IPv4'],
    ],
    [
      'equal changes are in the order of the names',
      [
        [cart({ b: 1, a: 0 }), true],
        [cart({ b: 0, a: 1 }), true],
      ],
      ['Hints follow the demand (4 pods of cart): zone a 0% to 100%, b 100% to 0%, addressType: IPv4'],
    ],
    [
      'small changes add up, and hints are written in the end',
      [
        [cart({ a: 1, b: 0 }), true],
        [cart({ a: 0.9, b: 0.1 }), true],
        [cart({ a: 0.8, b: 0.2 }), true],
      ],
      ['Hints follow the demand (4 pods of cart): zone a 100% to 80%, b 0% to 20%, addressType: IPv4'],
    ],
  ])('comes when %s', (_, steps, messages) => {
    expect(told(...steps)).toEqual(messages);
  });

  test.each<[string, [Noted, boolean][]]>([
    ['at first sight', [[cart(inA), true]]],
    [
      'where no hints were written',
      [
        [cart(inA), true],
        [cart(inB), false],
      ],
    ],
    [
      'for a change of less than 20 points',
      [
        [cart({ a: 1, b: 0 }), true],
        [cart({ a: 0.81, b: 0.19 }), true],
      ],
    ],
    [
      'a second time',
      [
        [cart(inA), true],
        [cart(inB), true],
        [cart(inB), true],
      ],
    ],
    [
      'where demand goes by nodes',
      [
        [plan('cpu', inA), true],
        [plan('nodes', inB), true],
      ],
    ],
    [
      'where it goes by nodes without their CPU',
      [
        [plan('equal', inA), true],
        [plan('cpu', inB), true],
      ],
    ],
    [
      'for a Service that was off in between',
      [
        [cart(inA), true],
        [{ demand: [] }, true],
        [cart(inB), true],
      ],
    ],
  ])('does not come %s', (_, steps) => {
    expect(told(...steps)).toEqual([]);
  });

  test('is of type Normal', () => {
    const history = new DemandHistory();
    history.note('shop/web', cart(inA), true);
    expect(history.note('shop/web', cart(inB), true)).toMatchObject([
      { addressType: 'IPv4', hinted: true, type: 'Normal', reason: 'DemandChanged' },
    ]);
  });

  describe('of a Service with two address types', () => {
    const dual = (ipv4: Noted, ipv6: Noted): Noted => ({
      demand: [...ipv4.demand, ...ipv6.demand.map(({ demand }) => ({ addressType: 'IPv6', demand }))],
    });
    const byCpu = plan('cpu', inA);

    test.each<[string, [Noted, boolean][], RegExp]>([
      [
        'is that of the one whose demand changed',
        [
          [dual(cart(inA), cart(inB)), true],
          [dual(cart(inA), cart(inA)), true],
        ],
        /zone a 0% to 100%, .*IPv6$/,
      ],
      [
        'is that of one alone where both went by the same nodes',
        [
          [dual(byCpu, byCpu), true],
          [dual(byCpu, cart(inB)), true],
        ],
        /now 4 pods of cart instead of cpu: .*IPv6$/,
      ],
    ])('%s', (_, steps, message) => {
      expect(told(...steps)).toEqual([expect.stringMatching(message)]);
    });
  });

  test('a Service that is gone is forgotten', () => {
    const history = new DemandHistory();
    history.note('shop/web', cart(inA), true);
    history.forget('shop/web');
    expect(history.note('shop/web', cart(inB), true)).toEqual([]);
  });
});
