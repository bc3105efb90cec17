import { describe, expect, test } from 'vitest';
import { readService } from '../../../src/model/service.js';
import { clientsOf, demandZonesOf, topologyLabelsOf } from '../../../src/report/anonymise/annotationNames.js';

const service = (annotations: Record<string, string>) =>
  readService({ metadata: { namespace: 'shop', name: 'web', annotations } });

describe('the clients that a Service names', () => {
  test.each<[string, Record<string, string>, string[]]>([
    ['none', {}, []],
    ['two, one of another namespace', { 'slicehints.io/clients': 'cart=2,bank/api' }, ['shop/cart', 'bank/api']],
    [
      'one beside a demand that is stated',
      { 'slicehints.io/clients': 'cart', 'slicehints.io/demand': 'nodes' },
      ['shop/cart'],
    ],
    ['a list that is not understood', { 'slicehints.io/clients': 'Cart?' }, []],
  ])('%s', (_, annotations, keys) => {
    expect(clientsOf(service(annotations)).map(({ key }) => key)).toEqual(keys);
  });
});

describe('the zones of a demand', () => {
  test.each([
    ['a=3,b=1', ['a', 'b']],
    ['nodes', []],
    ['a=', []],
  ])('%s: %j', (demand, zones) => {
    expect(demandZonesOf(service({ 'slicehints.io/demand': demand }))).toEqual(zones);
  });
});

describe('the labels of topology keys', () => {
  test.each([
    ['kubernetes.io/hostname,example.com/rack,*', ['kubernetes.io/hostname', 'example.com/rack']],
    ['Rack?', []],
  ])('%s: %j', (keys, labels) => {
    expect(topologyLabelsOf(service({ 'slicehints.io/topology-keys': keys }))).toEqual(labels);
  });
});
