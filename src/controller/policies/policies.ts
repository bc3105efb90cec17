import type { ReflectorSurroundings } from '../../kube/cache/reflectorOptions.js';
import type { ServiceRecord } from '../../model/service.js';
import type { OptionalResources } from '../optionalResources.js';
import type { ClusterState } from '../state.js';
import { PolicyStatusWriter } from './policyStatusWriter.js';
import { watchPolicies } from './policyWatch.js';
import { ServicePolicies } from './servicePolicies.js';

export interface PoliciesOptions extends ReflectorSurroundings {
  /** Only the HintsPolicy objects of this namespace; empty: all. */
  readonly namespace: string;
  readonly state: Pick<ClusterState, 'services' | 'slicesOf'>;
  /** Policies make something else of a Service now; `own` is the Service as it was read. */
  readonly onChange: (key: string, own: ServiceRecord) => void;
  /** Called once, when it is known which policies there are and all Services are as these make them. */
  readonly onKnown: () => void;
  /** Whether this process writes the status of policies. */
  readonly mayWriteStatus: () => boolean;
}

/** The policies of the cluster: they are watched, applied to the Services, and get their status. */
export class Policies {
  readonly #watch: OptionalResources;
  readonly #services: ServicePolicies;
  readonly #status: PolicyStatusWriter;

  constructor(options: PoliciesOptions) {
    const { transport, clock, random, observer, namespace, state, onChange, onKnown, mayWriteStatus } = options;
    const logger = options.logger.child({ component: 'policies' });
    const services = new ServicePolicies({ services: () => state.services, onChange });
    this.#services = services;
    this.#watch = watchPolicies({
      transport,
      clock,
      random,
      logger,
      observer,
      namespace,
      onPolicy: (next, previous) => services.policyChanged(next, previous),
      onNamespace: (name, labels) => services.namespaceChanged(name, labels),
      onKnown: () => {
        services.start();
        onKnown();
      },
    });
    this.#status = new PolicyStatusWriter({
      transport,
      clock,
      logger,
      index: services.index,
      services: state.services,
      slicesOf: (key) => state.slicesOf(key),
      mayWrite: mayWriteStatus,
    });
  }

  /** It is known which policies there are; nothing should be planned before. */
  get known(): boolean {
    return this.#watch.known;
  }

  /** A Service as policies make it. */
  effective(own: ServiceRecord): ServiceRecord {
    return this.#services.effective(own);
  }

  /** Settles when the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watch.run(signal), this.#status.run(signal)]);
  }
}
