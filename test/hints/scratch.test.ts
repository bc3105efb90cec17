import { describe, expect, test } from 'vitest';
import { parseDemand } from '../../src/hints/demand/annotation.js';
import { Scratch } from '../../src/hints/scratch.js';
import { readService } from '../../src/model/service.js';

const service = (clients?: string): ReturnType<typeof readService> =>
  readService({
    metadata: {
      namespace: 'shop',
      name: 'web',
      annotations: clients === undefined ? {} : { 'slicehints.io/clients': clients },
    },
  });

describe('the demand that a Service asks for', () => {
  test.each([undefined, 'cart', 'cart=2, other/api', '=='])('is as parsed, for clients %p', (clients) => {
    expect(new Scratch().demandWish(service(clients))).toEqual(parseDemand(service(clients)));
  });

  test('is parsed once for a record, and anew for the record that follows', () => {
    const scratch = new Scratch();
    const record = service('cart');
    const first = scratch.demandWish(record);
    expect(scratch.demandWish(record)).toBe(first);
    expect(scratch.demandWish(service('api'))).toMatchObject({ clients: [{ key: 'shop/api' }] });
  });
});
