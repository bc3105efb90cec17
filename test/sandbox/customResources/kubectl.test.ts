import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import { textAt } from '../../../src/sandbox/schema/kubeObject.js';
import { Kubectl, installed } from '../kubectl.js';

const policies = `
apiVersion: slicehints.io/v1alpha1
kind: ClusterHintsPolicy
metadata: { name: teams }
spec:
  namespaceSelector: { matchLabels: { tier: production } }
  defaults: { mode: balanced }
---
apiVersion: slicehints.io/v1alpha1
kind: HintsPolicy
metadata: { name: web, namespace: default }
spec:
  enforcement: DryRun
`;
const status = {
  services: { matched: 3, hinted: 2 },
  conditions: [
    { type: 'Accepted', status: 'True', reason: 'Valid', message: 'ok', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
};

describe.skipIf(!installed)('the real kubectl and the policies of the chart', () => {
  const kubectl = new Kubectl({ definitions: chartDefinitions() });
  beforeAll(() => kubectl.start());
  afterAll(() => kubectl.stop());

  test('apply creates, changes nothing twice, and changes what the file changes', async () => {
    const file = kubectl.file('policies.yaml', policies);
    const lines = async (path: string): Promise<string[]> => (await kubectl.ok('apply', '-f', path)).trim().split('\n');
    const names = ['clusterhintspolicy.slicehints.io/teams', 'hintspolicy.slicehints.io/web'];
    expect(await lines(file)).toEqual(names.map((name) => `${name} created`));
    expect(await lines(file)).toEqual(names.map((name) => `${name} unchanged`));
    expect(await kubectl.ok('diff', '-f', file)).toBe('');
    const changed = kubectl.file('changed.yaml', policies.replace('balanced', 'auto'));
    expect(await lines(changed)).toEqual([`${names[0]} configured`, `${names[1]} unchanged`]);
    expect(await kubectl.ok('apply', '--server-side', '--force-conflicts', '-f', file)).toContain('serverside-applied');
  });

  test('get by short names and by category prints the columns of the definition', async () => {
    const merge = JSON.stringify({ status });
    await kubectl.ok('patch', 'chp', 'teams', '--type=merge', '--subresource=status', '-p', merge);
    expect(await kubectl.ok('get', 'chp')).toMatch(
      /^NAME +MODE +ENFORCEMENT +MATCHED +HINTED +ACCEPTED +AGE\s+teams +balanced +Enforce +3 +2 +True +\S+/,
    );
    expect(await kubectl.ok('get', 'hp', '-A', '-o', 'wide')).toMatch(/CONFLICTED[\s\S]*web +(<none>)? +DryRun/);
    const all = await kubectl.ok('get', 'slicehints', '-o', 'name');
    expect(all.trim().split('\n').sort()).toEqual([
      'clusterhintspolicy.slicehints.io/teams',
      'hintspolicy.slicehints.io/web',
    ]);
  });

  test('describe and explain have the fields of the definition', async () => {
    expect(await kubectl.ok('describe', 'clusterhintspolicy', 'teams')).toMatch(
      /Namespace Selector:[\s\S]*Tier: +production/,
    );
    const field = await kubectl.ok('explain', 'clusterhintspolicy.spec.enforcement');
    expect(field).toMatch(/ENUM:\s+Enforce\s+DryRun\s+Off/);
    expect(field).toContain('Of several policies the');
  });

  test('create of a field that does not exist, and of what a rule forbids, is refused', async () => {
    const typo = kubectl.file('typo.yaml', policies.replace('defaults:', 'default:').replace('teams', 'typo'));
    expect((await kubectl.run(['create', '-f', typo])).err).toContain('unknown field "spec.default"');
    const spec = '{ defaults: { mode: auto }, limits: { allowedModes: [balanced] } }';
    const wrong = `apiVersion: slicehints.io/v1alpha1\nkind: ClusterHintsPolicy\nmetadata: { name: w }\nspec: ${spec}\n`;
    const { err } = await kubectl.run(['create', '-f', kubectl.file('wrong.yaml', wrong)]);
    expect(err).toContain('spec: Invalid value: the default mode must be one of limits.allowedModes');
  });

  test('delete of a definition takes its objects, and wait sees it established again', async () => {
    const definition = chartDefinitions().find((one) => textAt(one, 'spec', 'names', 'kind') === 'HintsPolicy');
    const file = kubectl.file('definition.json', JSON.stringify(definition));
    await kubectl.ok('delete', 'crd', 'hintspolicies.slicehints.io');
    const { err } = await kubectl.run(['get', 'hintspolicies.slicehints.io']);
    expect(err).toContain(`the server doesn't have a resource type "hintspolicies"`);
    await kubectl.ok('create', '-f', file);
    // As with the real server, kubectl gives up on a definition that has no conditions yet.
    const established = ['wait', '--for=condition=Established', '--timeout=20s', 'crd/hintspolicies.slicehints.io'];
    await vi.waitFor(() => kubectl.ok(...established), 20_000);
    const { err: none } = await kubectl.run(['get', 'hp']);
    expect(none).toContain('No resources found');
    expect(await kubectl.ok('get', 'crd')).toMatch(/^NAME +CREATED AT\s+clusterhintspolicies\.slicehints\.io +\d{4}-/);
  });
});
