import { GUARD_NAME } from '../../../guard/status.js';
import { OWNED_ANNOTATION } from '../../../model/slice.js';
import { percent } from '../stream/traffic.js';
import { BALANCED, NAMESPACE, type Story } from './story.js';

export const uninstall: Story = {
  name: 'uninstall',
  title: 'slicehints is removed, and nothing of it is left.',
  cluster: {
    guard: true,
    nodes: 'aabbcc',
    services: [
      { name: 'web', mode: BALANCED, pods: 'aabbc' },
      { name: 'cart', mode: 'Auto', pods: 'aabbcc' },
    ],
  },
  async play(stage) {
    await stage.startController();
    await stage.scene('Two Services have hints: web by Balanced, cart by Auto.');
    const before = stage.report('web');
    stage.report('cart');
    stage.claim('every endpoint of both has hints', stage.unhinted('web') + stage.unhinted('cart') === 0);

    await stage.scene('The controller stops; its hints stay.');
    await stage.stopController();
    await stage.settle();
    stage.claim('web keeps its hints under the guard', stage.unhinted('web') === 0);

    await stage.scene('slicehints cleanup removes its hints, then the guard is deleted.');
    await stage.cleanUp();
    for (const resource of ['mutatingadmissionpolicybindings', 'mutatingadmissionpolicies'] as const) {
      stage.kubectl(`delete ${resource} ${GUARD_NAME}`, () =>
        stage.store.delete(resource, '', GUARD_NAME, { userAgent: 'kubectl/sandbox' }),
      );
    }
    await stage.settle();
    const after = stage.report('web');
    const cart = stage.report('cart');
    const slices = stage.store.list('endpointslices', NAMESPACE);
    stage.claim(
      'no slice has the annotation of slicehints',
      slices.every(({ metadata }) => metadata.annotations?.[OWNED_ANNOTATION] === undefined),
    );
    stage.claim('web has no hints', stage.unhinted('web') === 5);
    stage.claim('cart has the hints of Kubernetes', stage.unhinted('cart') === 0 && cart.inZoneShare > 0.99);
    return `web ${percent(before.inZoneShare)} → ${percent(after.inZoneShare)} in zone, cart ${percent(cart.inZoneShare)} by Kubernetes, nothing of slicehints left`;
  },
};
