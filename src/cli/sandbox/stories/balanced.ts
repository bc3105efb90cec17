import { percent } from '../stream/traffic.js';
import { BALANCED, TOPOLOGY_MODE, type Story } from './story.js';

export const balanced: Story = {
  name: 'balanced',
  title: 'five Pods in three zones, which are too few for Auto and enough for Balanced.',
  cluster: { guard: true, nodes: 'aabbcc', services: [{ name: 'web', mode: 'Auto', pods: 'aabbc' }] },
  async play(stage) {
    await stage.scene('The Service web has topology-mode Auto. Kubernetes alone serves it.');
    const before = stage.report('web');
    stage.claim('Kubernetes has no hints for five Pods in three zones', stage.unhinted('web') === 5);
    stage.claim('a third of the traffic stays in its zone, as by chance', percent(before.inZoneShare) === '33 %');

    await stage.scene('slicehints starts, and the Service is annotated for Balanced.');
    await stage.startController();
    stage.annotate('web', TOPOLOGY_MODE, BALANCED);
    await stage.settle();
    const after = stage.report('web');
    stage.claim('every endpoint has hints', stage.unhinted('web') === 0);
    stage.claim('73 % of the traffic stays in its zone', percent(after.inZoneShare) === '73 %');
    stage.claim('no endpoint gets more than 1.2 times the mean', after.worstLoad <= 1.2);
    const busiest = `${after.worstLoad.toFixed(2)}x`;
    return `web ${percent(before.inZoneShare)} → ${percent(after.inZoneShare)} in zone, busiest endpoint ${busiest}`;
  },
};
