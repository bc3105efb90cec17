import { afterEach, describe, expect, test } from 'vitest';
import { Readable } from 'node:stream';
import { loadManifests } from '../../../src/cli/input/manifests.js';
import { loadCluster } from '../../../src/cli/sandbox/cluster.js';
import { runDeployments } from '../../../src/cli/sandbox/deployments.js';
import { chartDefinitions } from '../../../src/sandbox/customResources/chartDefinitions.js';
import { SandboxApiServer } from '../../../src/sandbox/server/apiServer.js';
import { ownerOf } from '../../../src/sandbox/workload/deployment.js';

const stop = new AbortController();
afterEach(() => stop.abort());

const pod = (name: string, owner?: string): string => `---
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: shop
  uid: of-another-cluster
  labels: { app: web }
${owner === undefined ? '' : `  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: ${owner}, uid: x, controller: true }]`}
spec: { nodeName: n1, containers: [{ name: web, image: "web:1" }] }
status: { phase: Running, podIP: 10.244.128.1, conditions: [{ type: Ready, status: "True" }] }
`;
const node = `
apiVersion: v1
kind: Node
metadata: { name: n1, labels: { topology.kubernetes.io/zone: a } }
status: { allocatable: { cpu: "4" }, conditions: [{ type: Ready, status: "True" }] }
`;

async function load(yaml: string): Promise<{ server: SandboxApiServer; specs: ReturnType<typeof loadCluster> }> {
  const manifests = await loadManifests(['-'], { stdin: Readable.from([yaml]) });
  const server = new SandboxApiServer({ definitions: chartDefinitions() });
  return { server, specs: loadCluster(server.store, manifests) };
}

describe('manifests in the stand-in server', () => {
  test('Pods of a ReplicaSet get a model that replaces them; a bare Pod is not replaced', async () => {
    const { server, specs } = await load(node + pod('web-5d-1', 'web-5d') + pod('web-5d-2', 'web-5d') + pod('bare'));
    expect(specs).toMatchObject([{ namespace: 'shop', replicaSet: 'web-5d', replicas: 2 }]);
    expect(server.store.get('pods', 'shop', 'bare')?.metadata.uid).not.toBe('of-another-cluster');
    const ended = runDeployments(server.store, specs, stop.signal);
    for (const name of ['web-5d-1', 'bare']) server.store.delete('pods', 'shop', name);
    const pods = server.store.list('pods', 'shop');
    expect(pods.map(ownerOf)).toEqual(['web-5d', 'web-5d']);
    expect(pods.map(({ metadata }) => metadata.name)).toContain('web-5d-2');
    stop.abort();
    await Promise.all(ended);
  });

  test.each<[string, string, string]>([
    ['a policy', 'clusterhintspolicies', 'kind: ClusterHintsPolicy\nspec: { defaults: { mode: balanced } }'],
    ['a drain', 'zonedrains', 'kind: ZoneDrain\nspec: { zone: a, until: "2026-11-21T22:00:00Z" }'],
  ])('%s is there', async (_, resource, text) => {
    const { server } = await load(`${node}---\napiVersion: slicehints.io/v1alpha1\nmetadata: { name: one }\n${text}\n`);
    expect(server.store.list(`${resource}.slicehints.io`).map(({ metadata }) => metadata.name)).toEqual(['one']);
  });
});
