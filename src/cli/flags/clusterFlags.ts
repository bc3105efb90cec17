import { flag, list, type Flag } from './flag.js';
import { BOOLEAN, NAMESPACE, number, oneOf, path, SERVICE_KEY, text, textOrEmpty, type Kind } from './kinds.js';
import { parseSelector, type Selector } from './selector.js';
import { UsageError } from './usageError.js';

/** Flags that mean the same on every command that has them, as in kubectl. */

/** Where the cluster is. */
export const ACCESS_FLAGS = {
  kubeconfig: flag(
    { ...textOrEmpty('the path of a kubeconfig'), isPath: true },
    {
      describe: 'Path of a kubeconfig; empty: in-cluster credentials, else $KUBECONFIG or ~/.kube/config',
      group: 'Cluster:',
    },
  ),
  context: flag(text('the name of a context'), {
    describe: 'Context of the kubeconfig; by default the current one',
    group: 'Cluster:',
  }),
} as const;

export const VERBOSITY = number({ low: 0, high: 10, whole: true });

/** For commands without a log: from 6 on each request to the API server is shown, as kubectl does. */
export const REQUEST_VERBOSITY_FLAGS = {
  v: flag(VERBOSITY, {
    short: 'v',
    default: '0',
    describe: 'Verbosity as in kubectl: from 6 on, each request to the API server on standard error',
    group: 'Logs:',
  }),
} as const;

const SELECTOR: Kind<Selector> = {
  expected: 'a label selector such as app=web,tier!=db',
  read: (value) => parseSelector(value),
};

/** Which Services a command is about. */
export const SCOPE_FLAGS = {
  namespace: flag(NAMESPACE, { short: 'n', describe: 'Only this namespace; by default all', group: 'Services:' }),
  'all-namespaces': flag(BOOLEAN, {
    short: 'A',
    default: 'false',
    describe: 'All namespaces, which is the default',
    group: 'Services:',
  }),
  selector: flag(SELECTOR, { short: 'l', describe: 'Only Services with these labels', group: 'Services:' }),
} as const;

export const SERVICE_FLAGS = {
  service: flag(SERVICE_KEY, { describe: 'Only this Service, in full: namespace/name', group: 'Services:' }),
} as const;

/** For commands that print long tables. */
export const PAGER_FLAGS = {
  pager: flag(BOOLEAN, {
    default: 'false',
    describe: 'On a terminal, show the output in the program of the variable PAGER (default less)',
    group: 'Output:',
  }),
} as const;

/** Manifests instead of a live cluster. */
export const FILENAME_FLAGS = {
  filename: list(path('a file, a directory or - for standard input'), {
    short: 'f',
    formerly: ['file'],
    describe: 'Read manifests in YAML or JSON instead of a live cluster: a file, a directory, or - for standard input',
    group: 'Cluster:',
  }),
} as const;

export function outputFlag<const T extends string>(values: readonly T[], describe: string): Flag<T> {
  const [first = ''] = values;
  return flag(oneOf(values), { short: 'o', default: first, describe });
}

/** @throws {UsageError} where files and a live cluster are both named */
export function readFiles(flags: {
  readonly filename: readonly string[] | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}): readonly string[] {
  const files = flags.filename ?? [];
  if (files.length > 0 && ((flags.kubeconfig ?? '') !== '' || flags.context !== undefined)) {
    throw new UsageError('--filename and --kubeconfig or --context exclude each other: read files, or a live cluster');
  }
  return files;
}

/** The flags by which kubectl reaches the cluster that these flags name. */
export function clusterArguments(flags: {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}): readonly string[] {
  return [
    ...(flags.kubeconfig === undefined ? [] : ['--kubeconfig', flags.kubeconfig]),
    ...(flags.context === undefined ? [] : ['--context', flags.context]),
  ];
}

/** @throws {UsageError} where flags contradict each other */
export function readNamespace(flags: {
  readonly namespace: string | undefined;
  readonly 'all-namespaces': boolean;
}): string | undefined {
  if (flags['all-namespaces'] && flags.namespace !== undefined) {
    throw new UsageError('--namespace and --all-namespaces contradict each other; give one of them');
  }
  return flags.namespace;
}
