import { percent } from '../stream/traffic.js';
import { BALANCED, NAMESPACE, type Story } from './story.js';

export const zoneOutage: Story = {
  name: 'zone-outage',
  title: 'all nodes of a zone go down and come back.',
  cluster: { guard: true, nodes: 'aabbcc', services: [{ name: 'web', mode: BALANCED, pods: 'aabbcc' }] },
  async play(stage) {
    await stage.startController();
    await stage.scene('The Service web is balanced over three zones.');
    const before = stage.report('web');
    stage.claim('all traffic stays in its zone', percent(before.inZoneShare) === '100 %');

    await stage.scene('The nodes of zone c go down; their Pods are not ready, and are replaced in zones a and b.');
    for (const node of ['node-c1', 'node-c2']) stage.setNodeReady(node, false);
    await stage.settle();
    const during = stage.report('web');
    stage.claim('every ready endpoint has hints', stage.unhinted('web') === 0);
    stage.claim('the zones that are left keep their traffic', during.inZoneShare >= 0.9);

    await stage.scene('Zone c is back. Its nodes have no Pods, so their traffic goes to the other zones.');
    for (const node of ['node-c1', 'node-c2']) stage.setNodeReady(node, true);
    await stage.settle();
    const back = stage.report('web');
    stage.claim('no endpoint gets more than 1.2 times the mean', back.worstLoad <= 1.2);

    await stage.scene('A rollout spreads the Pods over three zones again.');
    stage.kubectl(`rollout restart deployment -n ${NAMESPACE} web`, () => stage.deployment('web').rollOut());
    await stage.settle();
    const after = stage.report('web');
    stage.claim('more traffic stays in its zone than before the rollout', after.inZoneShare > back.inZoneShare);
    const shares = [before, during, back, after].map(({ inZoneShare }) => percent(inZoneShare));
    return `web in zone ${shares.join(' → ')} (before, outage, zone back, rolled out)`;
  },
};
