import { expect, test } from 'vitest';
import { readSlice } from '../../src/model/slice.js';
import { slicesByService } from '../../src/model/slicesByService.js';

test('slices are grouped by namespace and Service, each group in the order of the input', () => {
  const slice = (namespace: string, service: string, name: string) =>
    readSlice({
      metadata: { namespace, name, labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      endpoints: [],
    });
  const groups = slicesByService([
    slice('shop', 'web', 'web-2'),
    slice('shop', 'cart', 'cart-1'),
    slice('bank', 'web', 'web-1'),
    slice('shop', 'web', 'web-1'),
  ]);
  expect([...groups].map(([key, own]) => [key, own.map(({ name }) => name)])).toEqual([
    ['shop/web', ['web-2', 'web-1']],
    ['shop/cart', ['cart-1']],
    ['bank/web', ['web-1']],
  ]);
});
