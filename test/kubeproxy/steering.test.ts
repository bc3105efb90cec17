import { describe, expect, test } from 'vitest';
import { unsteeredTraffic } from '../../src/kubeproxy/steering.js';
import type { ServiceManifest } from '../../src/model/manifest.js';
import { readService } from '../../src/model/service.js';

describe('traffic that hints do not steer', () => {
  test.each<[string, ServiceManifest['spec'], string | undefined, boolean | undefined]>([
    ['a plain Service: all is steered', {}, undefined, undefined],
    ['policies of Cluster, spelt out', { internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster' }, undefined, undefined], // prettier-ignore
    ['session affinity chooses among the same endpoints', { sessionAffinity: 'ClientIP' }, undefined, undefined],
    ['headless', { clusterIP: 'None' }, 'HeadlessService', true],
    ['headless goes before its policies', { clusterIP: 'None', internalTrafficPolicy: 'Local' }, 'HeadlessService', true], // prettier-ignore
    ['ExternalName', { type: 'ExternalName', externalName: 'example.com' }, 'ExternalNameService', true],
    ['internalTrafficPolicy Local', { internalTrafficPolicy: 'Local' }, 'InternalTrafficLocal', true],
    ['both Local: nothing is left to steer', { internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' }, 'InternalTrafficLocal', true], // prettier-ignore
    ['externalTrafficPolicy Local: only from outside', { type: 'NodePort', externalTrafficPolicy: 'Local' }, 'ExternalTrafficLocal', false], // prettier-ignore
  ])('%s', (_, spec, reason, isAll) => {
    const unsteered = unsteeredTraffic(readService({ metadata: { name: 'web' }, spec }));
    expect([unsteered?.reason, unsteered?.isAll]).toEqual([reason, isAll]);
    expect(unsteered?.sentence ?? 'X').toMatch(/^[A-Z][^.]*$/);
  });
});
