import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { checkFault, faultText, parseFault } from '../../../src/sandbox/faults/faultSpec.js';

describe('faults as text', () => {
  test.each([
    ['latency:ms=200,jitterMs=50,rate=0.5', { name: 'latency', ms: 200, jitterMs: 50, rate: 0.5 }],
    ['restart', { name: 'restart' }],
    ['forbidden:resource=nodes,verb=list', { name: 'forbidden', resource: 'nodes', verb: 'list' }],
    [
      'foreign-write:change=strip,userAgent=slicehints',
      { name: 'foreign-write', change: 'strip', userAgent: 'slicehints' },
    ],
    [
      'server-error:status=503,count=3,durationMs=1000',
      { name: 'server-error', status: 503, count: 3, durationMs: 1000 },
    ],
  ])('%s is read', (text, spec) => {
    expect(parseFault(text)).toEqual(spec);
  });

  test.each([
    ['', 'Expected a fault name, one of latency, '],
    ['earthquake', 'got "earthquake".'],
    ['x'.repeat(5000), `got "${'x'.repeat(60)}…".`],
    [`latency:ms=${'x'.repeat(5000)}`, `got "${'x'.repeat(60)}…".`],
    [`latency:${'x'.repeat(5000)}`, `got "${'x'.repeat(60)}…" in "latency:${'x'.repeat(52)}…".`],
    ['latency:ms', 'Expected fault settings as key=value, got "ms" in "latency:ms".'],
    ['latency:ms=soon', 'Expected a number for "ms" of fault "latency", got "soon".'],
    ['latency:ms=', 'Expected a number for "ms" of fault "latency", got "".'],
    [
      'latency:status=500',
      'Expected settings of fault "latency" among resource, verb, userAgent, fieldManager, rate, count, durationMs, ms, jitterMs, got "status".',
    ],
    ['gone:rate=2', 'Expected "rate" of fault "gone" between 0 and 1, got 2.'],
    ['gone:count=-1', 'Expected a number of at least 0 for "count" of fault "gone", got -1.'],
    ['server-error:status=404', 'Expected "status" of fault "server-error" between 500 and 599, got 404.'],
    ['foreign-write:change=eat', 'Expected "change" of fault "foreign-write" to be annotate or strip, got "eat".'],
    ['gone:resource=', 'Expected text for "resource" of fault "gone".'],
    ['gone:everyMs=5', 'got "everyMs".'],
    ['latency:ms=1,ms=2', 'Expected each setting of fault "latency" once, got "ms" again in "latency:ms=1,ms=2".'],
    ['gone:verb=get, verb =list', 'got "verb" again in "gone:verb=get, verb =list".'],
    ['gone:name=5', 'Expected each setting of fault "gone" once, got "name" again in "gone:name=5".'],
    ['restart:everyMs=0', 'Expected "everyMs" of fault "restart" to be at least 1, got 0.'],
  ])('%j is refused in one sentence', (text, sentence) => {
    expect(() => parseFault(text)).toThrow(sentence);
  });
});

describe('faults as JSON', () => {
  test.each<[object, string]>([
    [{}, 'Expected a fault name, one of latency'],
    [{ name: 5 }, 'got 5.'],
    [{ name: 'constructor' }, 'got "constructor".'],
    [{ name: 'latency', ms: '5' }, 'Expected a number of at least 0 for "ms" of fault "latency", got "5".'],
    [{ name: 'latency', ms: null }, 'got null.'],
    [{ name: 'gone', resource: 5 }, 'Expected text for "resource" of fault "gone".'],
    [{ name: 'server-error', status: 600 }, 'Expected "status" of fault "server-error" between 500 and 599, got 600.'],
  ])('%j is refused in one sentence', (fields, sentence) => {
    expect(() => checkFault(fields as Record<string, unknown>)).toThrow(sentence);
  });

  test.each([
    { name: 'server-error', status: 500 },
    { name: 'server-error', status: 599 },
    { name: 'gone', rate: 1, count: 0 },
  ])('%j is a fault', (fields) => {
    expect(checkFault(fields)).toEqual(fields);
  });
});

test('for any fault: what is written as text is read as the same fault', () => {
  const spec = fc.record(
    {
      name: fc.constant('foreign-write' as const),
      resource: fc.constantFrom('nodes', 'endpointslices'),
      userAgent: fc.constantFrom('slicehints/1', 'a=b', 'c:d'),
      rate: fc.constantFrom(0, 0.25, 1),
      count: fc.nat(),
      ms: fc.nat(),
      change: fc.constantFrom('strip', 'annotate'),
    },
    { requiredKeys: ['name'] },
  );
  fc.assert(
    fc.property(spec, (one) => {
      expect(parseFault(faultText(one))).toEqual(one);
    }),
  );
});
