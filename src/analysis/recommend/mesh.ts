import type { NamespaceManifest } from '../../hints/policy/policyReader.js';
import type { ServiceManifest } from '../../model/manifest.js';

export type Mesh = 'Istio' | 'Linkerd';

/**
 * The mesh that the labels and annotations of a Service or its namespace name. Those of pods are not seen.
 * Istio: `istio-injection`, `istio.io/rev`, `istio.io/dataplane-mode`, `istio.io/use-waypoint`; Linkerd: the annotation
 * `linkerd.io/inject`.
 */
export function meshOf(service: ServiceManifest, namespace: NamespaceManifest | undefined): Mesh | undefined {
  for (const { metadata } of [service, namespace ?? {}]) {
    const label = (key: string): string => valueOf(metadata?.labels, key);
    if (label('istio-injection') === 'disabled') continue;
    const isIstio =
      label('istio-injection') === 'enabled' ||
      label('istio.io/rev') !== '' ||
      label('istio.io/dataplane-mode') === 'ambient' ||
      !['', 'none'].includes(label('istio.io/use-waypoint'));
    if (isIstio && label('istio.io/dataplane-mode') !== 'none') return 'Istio';
    if (['enabled', 'ingress'].includes(valueOf(metadata?.annotations, 'linkerd.io/inject'))) return 'Linkerd';
  }
  return undefined;
}

/** Why hints do not help there, without a full stop. */
export function meshSentence(mesh: Mesh): string {
  switch (mesh) {
    case 'Istio':
      return 'It is in an Istio mesh, whose proxies choose endpoints themselves and read no hints: use locality load balancing of the mesh';
    case 'Linkerd':
      return 'It is in a Linkerd mesh, whose proxies read zone hints but balance by latency, so that no load can be promised: decide in the mesh';
  }
}

/** A label that a user may have named `constructor` is no value of every object. */
function valueOf(values: Readonly<Record<string, string>> | null | undefined, key: string): string {
  return values !== null && values !== undefined && Object.hasOwn(values, key) ? (values[key] ?? '') : '';
}
