import { describe, expect, test } from 'vitest';
import { parseDemand } from '../../../src/hints/demand/annotation.js';

const DEMAND = 'slicehints.io/demand';
const CLIENTS = 'slicehints.io/clients';
const parse = (annotations: Record<string, string>): ReturnType<typeof parseDemand> =>
  parseDemand({ namespace: 'shop', annotations });

describe('slicehints.io/demand', () => {
  test('measured is a source, with clients to fall back on', () => {
    expect(parse({ [DEMAND]: 'measured' })).toEqual({ source: 'measured', clients: undefined });
    expect(parse({ [DEMAND]: 'measured', [CLIENTS]: 'cart' })).toMatchObject({
      source: 'measured',
      clients: [{ key: 'shop/cart', weight: 1 }],
    });
  });

  test.each(['cpu', 'nodes', 'endpoints', 'equal'] as const)('%s is a source', (source) => {
    expect(parse({ [DEMAND]: source })).toEqual({ source });
  });

  test.each([' cpu', 'cpu ', '\tcpu\n'])('spaces around a source count for nothing: %j', (text) => {
    expect(parse({ [DEMAND]: text })).toEqual({ source: 'cpu' });
  });

  test('100 parts are allowed', () => {
    const text = Array.from({ length: 100 }, (_, i) => `z${i}=1`).join();
    expect(parse({ [DEMAND]: text })).toMatchObject({ source: 'zones', parts: { size: 100 } });
  });

  test('nothing is asked for without an annotation', () => {
    expect(parse({})).toBeUndefined();
  });

  test.each<[string, string, Record<string, number>]>([
    ['parts', 'zone-a=3,zone-b=1', { 'zone-a': 3, 'zone-b': 1 }],
    ['fractions and spaces', ' a = .5 , b = 2. ', { a: 0.5, b: 2 }],
    ['a part of a million', 'a=1000000,b=1', { a: 1_000_000, b: 1 }],
    ['a zone without demand', 'a=1,b=0', { a: 1, b: 0 }],
    ['one zone', 'a=1', { a: 1 }],
    ['zones with names that objects have', 'constructor=1,toString=2', { constructor: 1, toString: 2 }],
  ])('%s: %s', (_, text, parts) => {
    expect(parse({ [DEMAND]: text })).toEqual({ source: 'zones', parts: new Map(Object.entries(parts)) });
  });

  test.each<[string, string, string]>([
    [
      'an unknown word',
      'memory',
      'must be cpu, nodes, endpoints, equal, clients, measured, or parts like zone-a=3,zone-b=1, but is "memory"',
    ],
    ['capitals', 'CPU', 'but is "CPU"'],
    ['nothing', '', 'but is ""'],
    ['a word that objects have', 'constructor', 'but is "constructor"'],
    ['clients that nobody names', 'clients', 'is "clients", but slicehints.io/clients names none'],
    ['a part that is no number', 'a=x', 'has "a=x" at position 1: expected ZONE=PART'],
    ['two parts of one zone', 'a=1=2', 'has "a=1=2" at position 1'],
    ['a part behind a space', 'a=1, b', 'has "b" at position 2'],
    ['a negative part', 'a=1,b=-1', 'has "b=-1" at position 2'],
    ['a part without end', 'a=1e400', 'has "a=1e400" at position 1'],
    ['a part that is too great', 'a=1000001', 'has "a=1000001" at position 1'],
    ['a part without zone', '=1', 'has "=1" at position 1'],
    ['a zone without part', 'a=1,b', 'has "b" at position 2'],
    ['a zone twice', 'a=1,a=2', 'names zone a twice'],
    ['nothing above 0', 'a=0,b=0', 'has no part above 0'],
    ['too many', Array.from({ length: 101 }, (_, i) => `z${i}=1`).join(), 'has 101 parts'],
    ['a text without end', `a=${'x'.repeat(100_000)}`, 'expected ZONE=PART'],
  ])('%s is not understood', (_, text, error) => {
    const parsed = parse({ [DEMAND]: text });
    expect(parsed).toEqual({ error: expect.stringContaining(error) });
    expect(JSON.stringify(parsed).length).toBeLessThan(300);
  });
});

describe('slicehints.io/clients', () => {
  test('alone it means demand by clients, in its own namespace where none is named', () => {
    expect(parse({ [CLIENTS]: 'cart, front/web = 3, shop/admin=.5' })).toEqual({
      source: 'clients',
      clients: [
        { key: 'shop/cart', shown: 'cart', weight: 1 },
        { key: 'front/web', shown: 'front/web', weight: 3 },
        { key: 'shop/admin', shown: 'admin', weight: 0.5 },
      ],
    });
  });

  test.each([
    ['another source goes before it', { [DEMAND]: 'equal', [CLIENTS]: 'cart' }, 'equal'],
    ['clients in words', { [DEMAND]: 'clients', [CLIENTS]: 'cart' }, 'clients'],
  ])('%s', (_, annotations, source) => {
    expect(parse(annotations)).toMatchObject({ source });
  });

  test.each<[string, string, string]>([
    ['nothing', '', 'names no Service'],
    ['only spaces', '  ', 'names no Service'],
    ['a name behind a space', 'cart, Web', 'has "Web" at position 2'],
    ['a namespace with capitals', 'Front/web', 'has "Front/web" at position 1'],
    ['a comma too many', 'cart,', 'has "" at position 2'],
    [
      'capitals',
      'Cart',
      'has "Cart" at position 1: expected NAME or NAMESPACE/NAME, with =WEIGHT above 0 where it is not 1',
    ],
    ['too many slashes', 'a/b/c', 'has "a/b/c" at position 1'],
    ['no name', 'shop/', 'has "shop/" at position 1'],
    ['a weight of 0', 'cart=0', 'has "cart=0" at position 1'],
    ['a weight that is no number', 'cart=NaN', 'has "cart=NaN" at position 1'],
    ['two weights', 'cart=1=2', 'has "cart=1=2" at position 1'],
    ['a Service twice', 'cart,shop/cart=2', 'names shop/cart twice'],
    ['more than 32', Array.from({ length: 33 }, (_, i) => `c${i}`).join(), 'names 33 Services, but at most 32'],
    ['a name without end', 'x'.repeat(100_000), 'at position 1'],
  ])('%s is not understood', (_, text, error) => {
    const parsed = parse({ [CLIENTS]: text });
    expect(parsed).toEqual({
      error: expect.stringContaining(`Annotation slicehints.io/clients ${error.startsWith('at ') ? '' : error}`),
    });
    expect(JSON.stringify(parsed)).toContain(JSON.stringify(error).slice(1, -1));
    expect(JSON.stringify(parsed).length).toBeLessThan(400);
  });

  test('32 are allowed', () => {
    const names = Array.from({ length: 32 }, (_, i) => `c${i}`);
    expect(parse({ [CLIENTS]: names.join() })).toMatchObject({ clients: names.map((shown) => ({ shown })) });
  });
});
