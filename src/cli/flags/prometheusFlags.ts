import { PRESET_NAMES, PRESETS, type TrafficQuery } from '../../measured/presets.js';
import type { PrometheusAccess } from '../../observe/prometheusClient.js';
import { flag, list, type FlagValues } from './flag.js';
import { oneOf, path, POSITIVE_DURATION, text, type Kind } from './kinds.js';
import { quoted, UsageError } from './usageError.js';

const HTTP_URL: Kind<URL> = {
  expected: 'an http(s) URL such as http://prometheus.monitoring:9090',
  read: (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined;
    if (url.username !== '' || url.password !== '') {
      throw new RangeError(
        'expected a URL without credentials; use --prometheus-username and --prometheus-password-file',
      );
    }
    return url;
  },
};

const HEADER: Kind<readonly [string, string]> = {
  expected: 'a header such as X-Scope-OrgID:tenant',
  read: (value) => {
    const [, name, content] = /^([A-Za-z0-9-]+):\s*([\x20-\x7e]*)$/.exec(value) ?? [];
    return name === undefined || content === undefined ? undefined : [name.toLowerCase(), content.trim()];
  },
};

const TWO_LABELS: Kind<readonly [string, string]> = {
  expected: 'two different labels, such as namespace,service',
  read: (value) => {
    const [first = '', second = '', ...more] = value.split(',').map((label) => label.trim());
    const isLabel = (label: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label);
    return more.length === 0 && isLabel(first) && isLabel(second) && first !== second ? [first, second] : undefined;
  },
};

/** How traffic is asked for; `observe` and `verify` have them all. */
export const PROMETHEUS_FLAGS = {
  'prometheus-url': flag(HTTP_URL, {
    describe: 'Prometheus, Thanos, Mimir or what else speaks its HTTP API; /api/v1/query is added',
    group: 'Prometheus:',
  }),
  source: flag(oneOf(PRESET_NAMES), {
    describe: 'A ready-made query for what exports the traffic (docs/measured.md)',
    group: 'Prometheus:',
  }),
  query: flag(text('a PromQL query'), {
    describe: 'A query of your own: an instant vector of traffic per second by Service and zones',
    group: 'Prometheus:',
  }),
  'service-labels': flag(TWO_LABELS, {
    default: 'namespace,service',
    describe: 'With --query: the labels with namespace and name of the Service that is called',
    group: 'Prometheus:',
  }),
  'zone-labels': flag(TWO_LABELS, {
    default: 'source_zone,destination_zone',
    describe: 'With --query: the labels with the zone that calls and the zone that answers; the latter may be absent',
    group: 'Prometheus:',
  }),
  'prometheus-timeout': flag(POSITIVE_DURATION, {
    default: '20s',
    describe: 'Deadline of a query, and its timeout in Prometheus',
    group: 'Prometheus:',
  }),
  'prometheus-header': list(HEADER, {
    describe: 'A header to send, such as X-Scope-OrgID:tenant',
    group: 'Prometheus:',
  }),
  'prometheus-bearer-token-file': flag(path('a file'), {
    describe: 'File with a bearer token, read again for each query',
    group: 'Prometheus:',
  }),
  'prometheus-username': flag(text('a name'), { describe: 'User of basic authentication', group: 'Prometheus:' }),
  'prometheus-password-file': flag(path('a file'), {
    describe: 'File with the password of basic authentication, read again for each query',
    group: 'Prometheus:',
  }),
  'prometheus-ca-file': flag(path('a file'), {
    describe: 'File with the certificates in PEM that an https server is checked against, instead of those of Node.js',
    group: 'Prometheus:',
  }),
} as const;

export type PrometheusFlags = FlagValues<typeof PROMETHEUS_FLAGS>;

/** @throws {UsageError} where there is no query, or two, or labels for a ready-made one */
export function readTrafficQuery(flags: PrometheusFlags): TrafficQuery {
  const { source, query } = flags;
  if (source !== undefined && query !== undefined) {
    throw new UsageError('--source and --query exclude each other: a ready-made query, or one of your own');
  }
  if (source !== undefined) {
    const labels = (['service-labels', 'zone-labels'] as const).find(
      (name) => flags[name].join() !== PROMETHEUS_FLAGS[name].default,
    );
    if (labels === undefined) return PRESETS[source];
    throw new UsageError(`--${labels}: needs --query; the ready-made query of --source has labels of its own`);
  }
  if (query === undefined) throw new UsageError('--source or --query is needed: what exports the traffic, or a query');
  return { query, labels: { service: flags['service-labels'], zones: flags['zone-labels'] } };
}

/** Those that the client writes itself. */
const OWN_HEADERS: readonly string[] = [
  'accept',
  'connection',
  'content-length',
  'content-type',
  'transfer-encoding',
  'user-agent',
];

/** @throws {UsageError} where flags contradict each other, or the URL is missing */
export function readPrometheusAccess(flags: PrometheusFlags): PrometheusAccess {
  const url = flags['prometheus-url'];
  const bearerTokenFile = flags['prometheus-bearer-token-file'];
  const username = flags['prometheus-username'];
  const passwordFile = flags['prometheus-password-file'];
  if (url === undefined) throw new UsageError('--prometheus-url is needed: where Prometheus is');
  if (bearerTokenFile !== undefined && username !== undefined) {
    throw new UsageError('--prometheus-bearer-token-file and --prometheus-username exclude each other');
  }
  if (passwordFile !== undefined && username === undefined) {
    throw new UsageError('--prometheus-password-file needs --prometheus-username');
  }
  if (username?.includes(':') === true) {
    throw new UsageError('--prometheus-username: expected a name without ":", which ends it in basic authentication');
  }
  const headers = flags['prometheus-header'] ?? [];
  const isAuthorized = bearerTokenFile !== undefined || username !== undefined;
  for (const [i, [name]] of headers.entries()) {
    if (OWN_HEADERS.includes(name) || (name === 'authorization' && isAuthorized)) {
      throw new UsageError(`--prometheus-header: ${quoted(name)} is set already; leave it out`);
    }
    if (headers.slice(0, i).some(([other]) => other === name)) {
      throw new UsageError(`--prometheus-header: ${quoted(name)} is given more than once`);
    }
  }
  return {
    url,
    headers,
    bearerTokenFile,
    caFile: flags['prometheus-ca-file'],
    username,
    passwordFile,
    timeoutMs: flags['prometheus-timeout'],
  };
}
