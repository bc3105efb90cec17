import { percent } from '../stream/traffic.js';
import { BALANCED, NAMESPACE, type Story } from './story.js';

export const rollout: Story = {
  name: 'rollout',
  title: 'a rolling update replaces every Pod, and no ready endpoint is ever without hints.',
  cluster: { guard: true, nodes: 'aabbcc', services: [{ name: 'web', mode: BALANCED, pods: 'aabbcc' }] },
  async play(stage) {
    await stage.startController();
    await stage.scene('The Service web is balanced, under the guard.');
    const before = stage.report('web');
    const stopCounting = stage.countUnhinted('web');
    const [inTree, ours] = [stage.sliceWrites('in-tree'), stage.sliceWrites('slicehints')];

    await stage.scene('Its Deployment is rolled out, one Pod at a time.');
    stage.kubectl(`rollout restart deployment -n ${NAMESPACE} web`, () => stage.deployment('web').rollOut());
    await stage.settle();
    const unhinted = stopCounting();
    const after = stage.report('web');
    const writes = { inTree: stage.sliceWrites('in-tree') - inTree, ours: stage.sliceWrites('slicehints') - ours };
    stage.claim('in no version of the slice was a ready endpoint without hints', unhinted === 0);
    stage.claim(
      `slicehints wrote no more often than in-tree (${writes.ours} and ${writes.inTree} writes)`,
      writes.ours <= writes.inTree,
    );
    stage.claim('at least nine tenths of the traffic stay in zone, as before', after.inZoneShare >= 0.9);
    return `web ${percent(before.inZoneShare)} in zone before, ${percent(after.inZoneShare)} after 6 new Pods, ${writes.ours} writes by slicehints`;
  },
};
