import { describe, expect, test } from 'vitest';
import { DemandRegistry } from '../../../src/controller/demand/demandRegistry.js';
import { readService, type ServiceRecord } from '../../../src/model/service.js';

const service = (annotations: Record<string, string>): ServiceRecord =>
  readService({ metadata: { namespace: 'shop', name: 'web', annotations } });
const clients = (text: string): ServiceRecord => service({ 'slicehints.io/clients': text });

describe('who depends on whom', () => {
  test('a client leads to the Services that name it', () => {
    const registry = new DemandRegistry();
    registry.update('shop/web', clients('cart, front/ui'));
    registry.update('shop/api', clients('cart'));
    expect([...registry.dependentsOf('shop/cart')]).toEqual(['shop/web', 'shop/api']);
    expect([...registry.dependentsOf('front/ui')]).toEqual(['shop/web']);
    expect([...registry.dependentsOf('shop/ui')]).toEqual([]);
  });

  test.each<[string, ServiceRecord | undefined]>([
    ['names another', clients('other')],
    ['names none any more', service({})],
    ['states another source', service({ 'slicehints.io/demand': 'cpu', 'slicehints.io/clients': 'cart' })],
    ['is not understood any more', clients('Cart')],
    ['is gone', undefined],
  ])('until it %s', (_, next) => {
    const registry = new DemandRegistry();
    registry.update('shop/web', clients('cart'));
    registry.update('shop/web', next);
    expect([...registry.dependentsOf('shop/cart')]).toEqual([]);
  });

  test('the others that name a client still depend on it', () => {
    const registry = new DemandRegistry();
    registry.update('shop/web', clients('cart'));
    registry.update('shop/api', clients('cart'));
    registry.update('shop/web', undefined);
    expect([...registry.dependentsOf('shop/cart')]).toEqual(['shop/api']);
  });

  test.each<[string, ServiceRecord, boolean, boolean]>([
    ['by all endpoints', service({ 'slicehints.io/demand': 'endpoints' }), true, true],
    ['by CPU', service({ 'slicehints.io/demand': 'cpu' }), false, true],
    ['by clients', clients('cart'), false, true],
    ['nothing', service({}), false, false],
    ['nothing that is understood', service({ 'slicehints.io/demand': 'x' }), false, false],
  ])('a Service states %s', (_, record, byAll, stated) => {
    const registry = new DemandRegistry();
    registry.update('shop/web', record);
    expect([registry.byAll.has('shop/web'), registry.isStated('shop/web')]).toEqual([byAll, stated]);
    registry.update('shop/web', undefined);
    expect([registry.byAll.size, registry.isStated('shop/web')]).toEqual([0, false]);
  });
});

test('a Service with measured demand depends on the clients that it falls back on', () => {
  const registry = new DemandRegistry();
  registry.update('shop/web', service({ 'slicehints.io/demand': 'measured', 'slicehints.io/clients': 'cart' }));
  expect(registry.isMeasured('shop/web')).toBe(true);
  expect([...registry.dependentsOf('shop/cart')]).toEqual(['shop/web']);
  registry.update('shop/web', service({ 'slicehints.io/demand': 'cpu' }));
  expect(registry.isMeasured('shop/web')).toBe(false);
  expect([...registry.dependentsOf('shop/cart')]).toEqual([]);
});
