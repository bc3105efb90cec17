import { percent } from '../stream/traffic.js';
import { BALANCED, NAMESPACE, type Stage, type Story } from './story.js';

const CLIENTS = 'slicehints.io/clients';
const SLICE = 'cart-1';
const KUBECTL = { userAgent: 'kubectl/sandbox', fieldManager: 'kubectl' } as const;

/** Puts the four pods of cart on the nodes of one zone; its slice is written by hand, so that they are where they are. */
function moveCart(stage: Stage, zone: string): void {
  stage.kubectl(`apply -f cart-in-zone-${zone}.yaml`, () => {
    const endpoints = [1, 2, 3, 4].map((number) => ({
      addresses: [`10.244.1.${number}`],
      conditions: { ready: true },
      nodeName: `node-${zone}${1 + (number % 2)}`,
      zone,
    }));
    stage.store.patch('endpointslices', NAMESPACE, SLICE, 'merge', { endpoints }, KUBECTL);
  });
}

export const demand: Story = {
  name: 'demand',
  title: 'traffic does not come from where the CPU is; hints follow the pods of the client that is named.',
  cluster: {
    guard: true,
    nodes: 'aabbcc',
    services: [
      { name: 'web', mode: BALANCED, pods: 'aabbcc' },
      { name: 'cart', pods: 'aaaa', managedBy: 'example.com' },
    ],
  },
  async play(stage) {
    await stage.scene(
      'The Service web is balanced by the CPU of the zones. The four pods of cart, in zone a, call it.',
    );
    await stage.startController();
    const byCpu = stage.report('web');
    stage.claim('by CPU all traffic seems to stay in its zone', percent(byCpu.inZoneShare) === '100 %');

    await stage.scene('The Service is told who calls it.');
    stage.annotate('web', CLIENTS, 'cart');
    await stage.settle();
    const inA = stage.report('web');
    stage.claim('no endpoint gets more than 1.2 times the mean of what cart sends', inA.worstLoad <= 1.2 + 1e-9);
    stage.claim('the two endpoints of zone a are not left alone', percent(inA.inZoneShare) === '40 %');

    await stage.scene('The pods of cart move to zone b.');
    const writes = stage.sliceWrites('slicehints');
    moveCart(stage, 'b');
    await stage.settle();
    const inB = stage.report('web');
    stage.claim('hints follow them', inB.worstLoad <= 1.25 + 1e-9 && percent(inB.inZoneShare) === '40 %');
    stage.claim('an Event on the Service says why', stage.reasons('web').includes('DemandChanged'));
    stage.claim('one slice was written for it, once', stage.sliceWrites('slicehints') === writes + 1);

    await stage.scene('The Service cart is deleted, and its slice with it.');
    stage.kubectl(`delete service,endpointslice -n ${NAMESPACE} cart ${SLICE}`, () => {
      stage.store.delete('services', NAMESPACE, 'cart', { userAgent: KUBECTL.userAgent });
      stage.store.delete('endpointslices', NAMESPACE, SLICE, { userAgent: KUBECTL.userAgent });
    });
    await stage.until('the Service says that its demand is unknown', () =>
      stage.reasons('web').includes('DemandUnknown'),
    );
    await stage.settle();
    const without = stage.report('web');
    stage.claim('web is balanced by CPU until cart is back', percent(without.inZoneShare) === '100 %');
    const figures = [byCpu, inA, inB, without].map(({ inZoneShare }) => percent(inZoneShare));
    return `web in zone ${figures.join(' → ')} (by CPU; called from a; called from b; caller deleted)`;
  },
};
