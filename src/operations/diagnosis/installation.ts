import { FUSE_ANNOTATION, STOP_ANNOTATION } from '../../controller/rails/leaseSwitches.js';
import { findLeases, partsOf, type FoundLease, type FoundLeases } from '../leases.js';
import { aboutShards } from './shards.js';
import type { Clock } from '../../kube/clock.js';
import { asRecord } from '../../kube/json.js';
import { sendForItems, type ApiObject } from '../../kube/rest/objects.js';
import { deploymentsPath } from '../../kube/rest/paths.js';
import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { about, type Finding } from './finding.js';
import { listed } from '../../model/text/listed.js';
import { Reading } from './reading.js';

/** Something that a user or a ServiceAccount may or may not do. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** A Deployment of the controller, as the chart makes it. */
interface Deployed {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly replicas: number;
  readonly ready: number;
  readonly serviceAccount: string;
}

export interface InstallationOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Name of Leases without the label of slicehints. */
  readonly leaseName: string;
  /** The namespace of the pod that this runs in; undefined outside of a cluster. */
  readonly ownNamespace: string | undefined;
  /** The namespace whose Services are watched; undefined: all. */
  readonly namespace: string | undefined;
}

const SELECTOR = 'app.kubernetes.io/part-of=slicehints,app.kubernetes.io/component=controller';

/**
 * The controller's own state: Deployment, Lease, rights. Asks the API server what this user may do before asking for
 * it, and names what it could not see; it works with no right at all.
 */
export async function inspectInstallation(options: InstallationOptions): Promise<Finding[]> {
  const reading = new Reading();
  const deployments = await reading.attempt('installation', 'Deployments', () => listDeployments(options));
  const likelyNamespaces = deployments?.map(({ namespace }) => namespace) ?? [];
  const leases = await reading.attempt('installation', 'Leases', () => readLeases(options, likelyNamespaces));
  const unseen = reading.hidden({ Deployments: deployments, Leases: leases });
  return [
    ...reading.findings,
    ...aboutDeployments(deployments),
    ...aboutLeases(leases, deployments),
    ...(leases?.leases ?? []).flatMap(aboutStopped),
    ...(await aboutRights(options, deployments ?? [])),
    ...(unseen.length === 0 ? [] : [notVisible('installation', unseen)]),
  ];
}

/** A part that the rights of this user do not let one see. */
export function notVisible(subject: Finding['subject'], what: readonly string[]): Finding {
  return {
    level: 'info',
    subject,
    code: 'NotVisible',
    message: `${what.join(' and ')} are not visible to this user, so they are not checked.`,
    advice: 'Run doctor as a user who may, or in the pod of the controller.',
  };
}

async function listDeployments(options: InstallationOptions): Promise<Deployed[] | undefined> {
  const { transport, signal, ownNamespace } = options;
  const right = { verb: 'list', group: 'apps', resource: 'deployments' };
  const namespace = (await may(options, right)) ? undefined : ownNamespace;
  if (namespace !== undefined && !(await may(options, { ...right, namespace }))) return undefined;
  if (namespace === undefined && !(await may(options, right))) return undefined;
  const path = deploymentsPath(namespace);
  const request = { method: 'GET', path, query: { labelSelector: SELECTOR }, signal } as const;
  return (await sendForItems(transport, request)).map(readDeployment);
}

function readDeployment({ metadata, spec, status }: ApiObject): Deployed {
  const { namespace, name, labels } = asRecord(metadata);
  const pod = asRecord(asRecord(asRecord(spec).template).spec);
  const text = (value: unknown, other: string): string => (typeof value === 'string' ? value : other);
  const count = (value: unknown, other: number): number => (typeof value === 'number' ? value : other);
  return {
    namespace: text(namespace, ''),
    name: text(name, ''),
    version: text(asRecord(labels)['app.kubernetes.io/version'], 'of unknown version'),
    replicas: count(asRecord(spec).replicas, 1),
    ready: count(asRecord(status).readyReplicas, 0),
    serviceAccount: text(pod.serviceAccountName, 'default'),
  };
}

function aboutDeployments(deployments: readonly Deployed[] | undefined): Finding[] {
  if (deployments === undefined) return [];
  if (deployments.length === 0) {
    return [
      {
        level: 'info',
        subject: 'installation',
        code: 'ControllerNotFound',
        message: 'There is no Deployment of the controller that the chart made.',
        advice: 'Install it with Helm; a controller that runs in another way shows by its Lease.',
      },
    ];
  }
  return deployments.map(({ namespace, name, version, replicas, ready }) => {
    const what = `Deployment ${namespace}/${name} (slicehints ${version}): ${ready} of ${replicas} replicas are ready`;
    return ready > 0 && ready >= replicas
      ? { level: 'ok', subject: 'installation', code: 'ControllerDeployment', message: `${what}.` }
      : {
          level: ready === 0 ? 'problem' : 'warning',
          subject: 'installation',
          code: 'ControllerNotReady',
          message: `${what}.`,
          advice: `kubectl -n ${namespace} describe pods -l ${SELECTOR}`,
        };
  });
}

async function readLeases(
  options: InstallationOptions,
  likelyNamespaces: readonly string[],
): Promise<FoundLeases | undefined> {
  const { transport, clock, signal, leaseName: name, ownNamespace } = options;
  const right = { group: 'coordination.k8s.io', resource: 'leases' };
  const search = { transport, clock, signal, name, likelyNamespaces };
  if (await may(options, { ...right, verb: 'list' })) return findLeases(search);
  if (ownNamespace === undefined) return undefined;
  if (!(await may(options, { ...right, verb: 'get', namespace: ownNamespace, name }))) return undefined;
  return findLeases({ ...search, namespace: ownNamespace, exact: true });
}

function aboutLeases(found: FoundLeases | undefined, deployments: readonly Deployed[] | undefined): Finding[] {
  if (found === undefined) return [];
  const parts = new Set(found.leases.flatMap((lease) => partsOf(lease, found.leases)));
  const leases = found.leases.filter((lease) => !parts.has(lease));
  const live = leases.filter(({ isLive }) => isLive);
  const held = live.map(({ namespace, name, holder }) => `${holder} (Lease ${namespace}/${name})`);
  const sharded = live.flatMap((lease) => aboutShards(lease, found.leases));
  if (live.length === 1) {
    if (sharded.length > 0) return sharded;
    return [{ level: 'ok', subject: 'installation', code: 'LeaderElected', message: `${held[0] ?? ''} leads.` }];
  }
  if (live.length > 1) {
    return [
      {
        level: 'warning',
        subject: 'installation',
        code: 'SeveralLeases',
        message: `${live.length} controllers lead at the same time: ${listed(held)}.`,
        advice: 'Remove one installation, unless each has its own --namespace.',
        ...about(live.map(({ namespace, name }) => `${namespace}/${name}`)),
      },
      ...sharded,
    ];
  }
  const isInstalled = leases.length > 0 || (deployments?.length ?? 0) > 0;
  return [
    {
      level: isInstalled ? 'problem' : 'info',
      subject: 'installation',
      code: 'NoLeader',
      message: isInstalled
        ? `No controller leads: ${leases.length === 0 ? 'there is no Lease' : `there is no renewal of ${listed(leases.map(({ namespace, name }) => `Lease ${namespace}/${name}`))}`}.`
        : 'No controller leads, because there is no Lease of one.',
      advice: 'Start a controller, or read the log of its pods.',
    },
  ];
}

/** What the annotations of a Lease stop. */
function aboutStopped({ namespace, name, stopped }: FoundLease): Finding[] {
  const lease = `Lease ${namespace}/${name}`;
  const finding = (code: 'WritesStopped' | 'FuseBlown', message: string, annotation: string): Finding => ({
    level: code === 'FuseBlown' ? 'problem' : 'warning',
    subject: 'installation',
    code,
    message,
    advice: `kubectl annotate lease -n ${namespace} ${name} ${annotation}-`,
    ...about([`${namespace}/${name}`]),
  });
  return [
    ...(stopped?.stop === undefined
      ? []
      : [
          finding(
            'WritesStopped',
            `All writes of hints are stopped by ${STOP_ANNOTATION} (${stopped.stop}) of ${lease}.`,
            STOP_ANNOTATION,
          ),
        ]),
    ...(stopped?.fuse === undefined
      ? []
      : [
          finding('FuseBlown', `The fuse has blown, ${lease}: ${stopped.fuse}. No hints are written.`, FUSE_ANNOTATION),
        ]),
  ];
}

/** What the controller does (the roles of the chart). */
function controllerRights(namespace: string | undefined): readonly Right[] {
  const scoped = (verb: string, group: string, resource: string): Right => ({ verb, group, resource, namespace });
  return [
    ...['list', 'watch'].flatMap((verb) => [
      { verb, group: '', resource: 'nodes' },
      scoped(verb, '', 'services'),
      scoped(verb, 'discovery.k8s.io', 'endpointslices'),
    ]),
    scoped('patch', 'discovery.k8s.io', 'endpointslices'),
    scoped('create', '', 'events'),
    scoped('patch', '', 'events'),
  ];
}

async function aboutRights(options: InstallationOptions, deployments: readonly Deployed[]): Promise<Finding[]> {
  const { ownNamespace, namespace } = options;
  const reviewsOthers = { verb: 'create', group: 'authorization.k8s.io', resource: 'subjectaccessreviews' };
  const accounts =
    deployments.length > 0 && (await may(options, reviewsOthers))
      ? deployments.map((deployed) => `system:serviceaccount:${deployed.namespace}:${deployed.serviceAccount}`)
      : ownNamespace === undefined
        ? []
        : [undefined];
  return Promise.all(
    [...new Set(accounts)].map(async (account): Promise<Finding> => {
      const rights = controllerRights(namespace);
      const allowed = await Promise.all(rights.map((right) => review(options, right, account)));
      const missing = rights.filter((_, i) => allowed[i] === false).map(rightText);
      const who = account ?? 'the ServiceAccount of this pod';
      if (allowed.includes(undefined)) return notVisible('installation', ['The rights of the controller']);
      if (missing.length === 0) {
        return {
          level: 'ok',
          subject: 'installation',
          code: 'ControllerRights',
          message: `The controller has the rights that it needs (${who}).`,
        };
      }
      return {
        level: 'problem',
        subject: 'installation',
        code: 'RightsMissing',
        message: `The controller lacks rights (${who}): ${listed(missing)}.`,
        advice: 'Install the roles of the chart (rbac.create), and check their bindings.',
        ...about(missing),
      };
    }),
  );
}

function rightText({ verb, group, resource }: Right): string {
  return `${verb} ${group === '' ? resource : `${resource}.${group}`}`;
}

/** Whether this user has the permission; without an answer of the server it counts as denied. */
async function may(options: InstallationOptions, right: Right): Promise<boolean> {
  return (await review(options, right, undefined)) === true;
}

/**
 * Asks the API server; reviews are requests without an effect.
 * @param user undefined: the current user
 * @returns undefined without an answer of the server
 */
async function review(
  { transport, signal }: InstallationOptions,
  { verb, group, resource, namespace, name }: Right,
  user: string | undefined,
): Promise<boolean | undefined> {
  const kind = user === undefined ? 'SelfSubjectAccessReview' : 'SubjectAccessReview';
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  const who = user === undefined ? {} : { user, groups: groupsOf(user) };
  try {
    const answer = await transport.send({
      method: 'POST',
      path: `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`,
      body: { apiVersion: 'authorization.k8s.io/v1', kind, spec: { resourceAttributes, ...who } },
      signal,
    });
    const { allowed } = asRecord(asRecord(answer).status);
    return typeof allowed === 'boolean' ? allowed : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'http') return undefined;
    throw error;
  }
}

/** The groups that the API server gives a ServiceAccount. */
function groupsOf(account: string): readonly string[] {
  const namespace = account.split(':')[2] ?? '';
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}
