import { systemClock } from '../../kube/clock.js';
import { textAt } from '../../sandbox/schema/kubeObject.js';
import type { ObjectStore } from '../../sandbox/storage/store.js';
import { DeploymentModel } from '../../sandbox/workload/deployment.js';
import type { DeploymentSpec } from './cluster.js';

/** Addresses from 10.244.128.1 on that no Pod of the server has. */
export function addressSource(store: ObjectStore): () => string {
  let next = 0;
  return () => {
    for (;;) {
      next += 1;
      const address = `10.244.${128 + ((next >> 8) & 127)}.${next & 255}`;
      if (!store.list('pods').some((pod) => textAt(pod, 'status', 'podIP') === address)) return address;
    }
  };
}

/** Runs a model for each Deployment until the signal fires. @returns promises of their end */
export function runDeployments(
  store: ObjectStore,
  specs: readonly DeploymentSpec[],
  signal: AbortSignal,
): Promise<void>[] {
  const nextAddress = addressSource(store);
  return specs.map(({ namespace, replicaSet, replicas, template }) =>
    new DeploymentModel({
      ...{ store, clock: systemClock, random: Math.random, namespace, replicaSet, replicas, template, nextAddress },
      name: replicaSet.replace(/-[^-]*$/, ''),
    }).run(signal),
  );
}
