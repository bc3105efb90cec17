import { percent } from '../stream/traffic.js';
import { BALANCED, TOPOLOGY_MODE, type Story } from './story.js';

export const oddNode: Story = {
  name: 'odd-node',
  title: 'one node without a zone removes all hints of Auto, and Kubernetes alone does not restore them.',
  cluster: { guard: true, nodes: 'aabbcc', services: [{ name: 'web', mode: 'Auto', pods: 'aabbcc' }] },
  async play(stage) {
    await stage.scene('The Service web has topology-mode Auto. Kubernetes alone serves it.');
    const before = stage.report('web');
    stage.claim('Kubernetes hints every endpoint', stage.unhinted('web') === 0);

    await stage.scene('A node joins whose zone label is missing.');
    stage.addNode('node-odd', undefined);
    await stage.settle();
    const broken = stage.report('web');
    stage.claim('Kubernetes has removed all hints', stage.unhinted('web') === 6);

    await stage.scene('The node is removed.');
    stage.kubectl('delete node node-odd', () =>
      stage.store.delete('nodes', '', 'node-odd', { userAgent: 'kubectl/sandbox' }),
    );
    await stage.settle();
    stage.report('web');
    stage.claim('Kubernetes does not restore the hints (kubernetes/kubernetes #114215)', stage.unhinted('web') === 6);

    await stage.scene('slicehints starts.');
    await stage.startController();
    const restored = stage.report('web');
    stage.claim('every endpoint has hints again', stage.unhinted('web') === 0);

    await stage.scene('Auto follows the rules of Kubernetes. Balanced ignores nodes without a zone.');
    stage.annotate('web', TOPOLOGY_MODE, BALANCED);
    await stage.settle();
    await stage.scene('Another node joins without a zone.');
    stage.addNode('node-odd-2', undefined);
    await stage.settle();
    const after = stage.report('web');
    stage.claim('every endpoint keeps its hints', stage.unhinted('web') === 0);
    const shares = [before, broken, restored, after].map(({ inZoneShare }) => percent(inZoneShare));
    return `web in zone ${shares.join(' → ')} (Kubernetes, with an odd node; Auto by slicehints, Balanced with an odd node)`;
  },
};
