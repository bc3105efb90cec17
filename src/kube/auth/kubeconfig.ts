import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { KubeConfig, type Cluster, type Context, type User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { isRecord, messageOf } from '../json.js';

/** Where the credentials of a cluster come from; `load` may be called again when they have to be read anew. */
export interface CredentialSource {
  /** For people: `in-cluster` or the file names. */
  readonly description: string;
  load(): LoadedConfig;
}

export interface LoadedConfig {
  readonly config: KubeConfig;
  readonly cluster: Cluster;
  /** Name of the context; undefined in a Pod. */
  readonly context?: string;
}

export interface SourceOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly serviceAccountDir: string;
}

/** Explicit file, else the Pod's service account, else KUBECONFIG, else ~/.kube/config. @throws {Error} one sentence */
export function findCredentials(options: SourceOptions): CredentialSource {
  const { kubeconfig, context, env, serviceAccountDir } = options;
  if (kubeconfig !== undefined && kubeconfig !== '') return fromFiles([kubeconfig], context, true);
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const tokenFile = join(serviceAccountDir, 'token');
  const inPod = host !== undefined && host !== '' && port !== undefined && port !== '';
  if (inPod && existsSync(tokenFile)) {
    const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
    return { description: 'in-cluster', load: () => inCluster(server, serviceAccountDir) };
  }
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) return fromFiles(listed, context, false);
  const usual = join(env.HOME || homedir(), '.kube', 'config');
  if (existsSync(usual)) return fromFiles([usual], context, true);
  const noPod = inPod ? `${tokenFile} does not exist` : 'KUBERNETES_SERVICE_HOST is not set';
  throw new Error(
    `No cluster to connect to: no --kubeconfig given, not in a Pod (${noPod}), KUBECONFIG is not set and ${usual} does not exist.`,
  );
}

function inCluster(server: string, dir: string): LoadedConfig {
  const caFile = join(dir, 'ca.crt');
  const config = new KubeConfig();
  const cluster: Cluster = {
    name: 'in-cluster',
    server,
    skipTLSVerify: false,
    ...(existsSync(caFile) ? { caFile } : {}),
  };
  const tokenUser: User = {
    name: 'service-account',
    // client-node's FileAuth reads the file again every minute, which is how a rotated token arrives.
    authProvider: { name: 'tokenFile', config: { tokenFile: join(dir, 'token') } },
  };
  config.loadFromClusterAndUser(cluster, tokenUser);
  return { config, cluster };
}

function fromFiles(files: readonly string[], context: string | undefined, all: boolean): CredentialSource {
  const description = files.join(delimiter);
  return { description, load: () => loadFiles(files, context, description, all) };
}

/** Merges as kubectl does: the first file that names something wins, files that do not exist are passed over. */
function loadFiles(
  files: readonly string[],
  wanted: string | undefined,
  description: string,
  all: boolean,
): LoadedConfig {
  const present = all ? files : files.filter((file) => existsSync(file));
  if (present.length === 0) throw new Error(`KUBECONFIG names ${description}, but no such file exists.`);
  const clusters = new Map<string, Cluster>();
  const users = new Map<string, User>();
  const contexts = new Map<string, Context>();
  let current = wanted ?? '';
  for (const file of present) {
    const one = readKubeconfig(file);
    for (const cluster of one.clusters) if (!clusters.has(cluster.name)) clusters.set(cluster.name, cluster);
    for (const user of one.users) if (!users.has(user.name)) users.set(user.name, user);
    for (const context of one.contexts) if (!contexts.has(context.name)) contexts.set(context.name, context);
    if (current === '') current = one.currentContext ?? '';
  }
  if (current === '') throw new Error(`kubeconfig ${description}: current-context is not set.`);
  const context = contexts.get(current);
  if (context === undefined) throw new Error(`kubeconfig ${description}: there is no context "${current}".`);
  const found = clusters.get(context.cluster);
  if (found === undefined) {
    throw new Error(
      `kubeconfig ${description}: context "${current}" names the cluster "${context.cluster}", which does not exist.`,
    );
  }
  const user: User | undefined = context.user ? users.get(context.user) : { name: 'anonymous' };
  if (user === undefined) {
    throw new Error(
      `kubeconfig ${description}: context "${current}" names the user "${context.user}", which does not exist.`,
    );
  }
  // client-node refuses plain http unless this is set, and applies nothing of the cluster when there is no user.
  const cluster = found.server.startsWith('http:') ? { ...found, skipTLSVerify: true } : found;
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [cluster],
    users: [user],
    contexts: [{ ...context, user: user.name }],
    currentContext: current,
  });
  return { config, cluster, context: current };
}

function readKubeconfig(file: string): KubeConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new Error(`kubeconfig ${file}: cannot be read (${code}).`, { cause: error });
  }
  const config = new KubeConfig();
  const raw = parseKubeconfig(text, file, config);
  config.users = config.users.map((user) => completeUser(user, rawUser(raw, user.name), dirname(file)));
  return config;
}

/** Fills `config` and answers with the plain mapping. */
function parseKubeconfig(text: string, file: string, config: KubeConfig): Record<string, unknown> {
  let why: string;
  try {
    const raw: unknown = parse(text, { prettyErrors: false });
    const problem = shapeProblem(raw);
    if (problem === undefined && isRecord(raw)) {
      config.loadFromString(text);
      config.makePathsAbsolute(dirname(file));
      return raw;
    }
    why = problem ?? '';
  } catch (error) {
    // Only the first line, and no cause: the rest of a YAML error quotes the file, which holds credentials.
    why = messageOf(error).split('\n')[0] ?? '';
  }
  throw new Error(`kubeconfig ${file}: ${why.replace(/\.$/, '')}.`);
}

const LISTS = [
  ['clusters', 'cluster'],
  ['users', 'user'],
  ['contexts', 'context'],
] as const;

/** What client-node would read as something else, or fail on in words of its own; kubectl refuses the same. */
function shapeProblem(raw: unknown): string | undefined {
  if (!isRecord(raw)) return 'it is not a YAML mapping';
  if (typeof raw['current-context'] === 'number') return numberProblem('current-context');
  for (const [field, inner] of LISTS) {
    const list = raw[field] ?? [];
    if (!Array.isArray(list)) return `${field} is not a list`;
    for (const [i, entry] of (list as unknown[]).entries()) {
      if (!isRecord(entry)) return `${field}[${i}] is not a mapping`;
      if (typeof entry['name'] === 'number') return numberProblem(`${field}[${i}].name`);
      const settings = Object.entries(isRecord(entry[inner]) ? entry[inner] : {});
      const [name] = settings.find(([, value]) => typeof value === 'number') ?? [];
      if (name !== undefined) return numberProblem(`${field}[${i}].${inner}.${name}`);
    }
  }
  return undefined;
}

function numberProblem(place: string): string {
  return `${place} is a number, where text is expected: put it in quotes`;
}

function rawUser(raw: Record<string, unknown>, name: string): Record<string, unknown> {
  const entries: unknown[] = Array.isArray(raw.users) ? raw.users : [];
  const entry = entries.filter(isRecord).find((candidate) => candidate.name === name);
  return isRecord(entry?.user) ? entry.user : {};
}

/** What client-node leaves out: `tokenFile`, exec commands beside the kubeconfig, and KUBERNETES_EXEC_INFO. */
function completeUser(user: User, raw: Record<string, unknown>, dir: string): User {
  if (typeof raw.tokenFile === 'string' && raw.tokenFile !== '') {
    const tokenFile = isAbsolute(raw.tokenFile) ? raw.tokenFile : join(dir, raw.tokenFile);
    // As client-go: the file wins over a token beside it, which client-node would prefer.
    return { ...user, token: '', authProvider: { name: 'tokenFile', config: { tokenFile } } };
  }
  const exec: unknown = user.exec;
  if (!isRecord(exec) || typeof exec.command !== 'string') return user;
  const info = { kind: 'ExecCredential', apiVersion: exec.apiVersion, spec: { interactive: false } };
  const env: unknown[] = Array.isArray(exec.env) ? exec.env : [];
  const relative = /[\\/]/.test(exec.command) && !isAbsolute(exec.command);
  return {
    ...user,
    exec: {
      ...exec,
      command: relative ? join(dir, exec.command) : exec.command,
      env: [...env, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }],
    },
  };
}
