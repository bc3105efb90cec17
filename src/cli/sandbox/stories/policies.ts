import { percent } from '../stream/traffic.js';
import { type Stage, type Story } from './story.js';

const CLUSTER_POLICIES = 'clusterhintspolicies.slicehints.io';
const KUBECTL = { userAgent: 'kubectl/sandbox', fieldManager: 'kubectl' } as const;

function apply(stage: Stage, name: string, spec: object): void {
  stage.kubectl(`apply -f ${name}.yaml   # spec: ${JSON.stringify(spec)}`, () =>
    stage.store.write(
      CLUSTER_POLICIES,
      { apiVersion: 'slicehints.io/v1alpha1', kind: 'ClusterHintsPolicy', metadata: { name }, spec },
      KUBECTL,
    ),
  );
}

export const policies: Story = {
  name: 'policies',
  title: 'a policy sets the mode of every Service: a canary, a limit, and a stop.',
  cluster: {
    guard: true,
    nodes: 'aabbcc',
    services: [
      { name: 'web', pods: 'aabbc' },
      { name: 'api', pods: 'aabbcc' },
    ],
  },
  async play(stage) {
    const defaults = { mode: 'balanced' };
    const limits = { allowedModes: ['balanced'] };
    await stage.scene('No Service states a mode. slicehints runs.');
    await stage.startController();
    const before = stage.report('web');

    await stage.scene('A canary: Balanced for all Services, as a dry run.');
    apply(stage, 'teams', { defaults, limits, enforcement: 'DryRun' });
    await stage.settle();
    stage.claim('nothing is written', stage.sliceWrites('slicehints') === 0);

    await stage.scene('The policy is enforced.');
    apply(stage, 'teams', { defaults, limits, enforcement: 'Enforce' });
    await stage.until('every endpoint has hints', () => stage.unhinted('web') + stage.unhinted('api') === 0);
    await stage.settle();
    const enforced = stage.report('web');
    stage.claim('more traffic of web stays in its zone', enforced.inZoneShare > before.inZoneShare);

    await stage.scene('The owner of api asks for a mode that the policy does not allow.');
    stage.annotate('api', 'slicehints.io/mode', 'same-zone');
    await stage.until('an Event on the Service names the limit', () => stage.reasons('api').includes('PolicyLimited'));
    await stage.settle();
    stage.claim('api keeps the hints of Balanced', stage.unhinted('api') === 0);

    await stage.scene('A policy that selects everything stops all writes; then the owner of web opts out.');
    apply(stage, 'stop', { enforcement: 'Off' });
    await stage.settle();
    const writes = stage.sliceWrites('slicehints');
    stage.annotate('web', 'slicehints.io/mode', 'off');
    await stage.settle();
    stage.claim('nothing is written', stage.sliceWrites('slicehints') === writes);
    stage.claim('the hints of web stay', stage.unhinted('web') === 0);

    await stage.scene('The stop is deleted.');
    stage.kubectl('delete clusterhintspolicy stop', () =>
      stage.store.delete(CLUSTER_POLICIES, '', 'stop', { userAgent: KUBECTL.userAgent }),
    );
    await stage.until('web has no hints any more', () => stage.unhinted('web') === 5);
    await stage.settle();
    const after = stage.report('web');
    stage.claim('api keeps its hints', stage.unhinted('api') === 0);
    const shares = [before, enforced, after].map(({ inZoneShare }) => percent(inZoneShare));
    return `web in zone ${shares.join(' → ')} (no policy; enforced; opted out)`;
  },
};
