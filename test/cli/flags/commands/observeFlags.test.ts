import { describe, expect, test } from 'vitest';
import {
  OBSERVE_FLAGS,
  readObserveSettings,
  type ObserveSettings,
} from '../../../../src/cli/flags/commands/observeFlags.js';
import { parseFlags } from '../../../../src/cli/flags/parseFlags.js';
import { PRESETS } from '../../../../src/measured/presets.js';

const read = (...args: string[]): ObserveSettings => readObserveSettings(parseFlags(OBSERVE_FLAGS, args).values);
const URL_FLAG = '--prometheus-url=http://p:9090';
const needed = [URL_FLAG, '--source=obi'];

describe('the flags of observe', () => {
  test('by default a minute passes, and the ConfigMap lies in kube-system', () => {
    expect(read(...needed)).toMatchObject({
      intervalMs: 60_000,
      query: PRESETS.obi,
      configMap: { namespace: 'kube-system', name: 'slicehints-measured' },
      prometheus: { timeoutMs: 20_000, headers: [] },
    });
  });

  test('a query of your own has two label mappings', () => {
    expect(read(URL_FLAG, '--query=up').query).toEqual({
      query: 'up',
      labels: { service: ['namespace', 'service'], zones: ['source_zone', 'destination_zone'] },
    });
    expect(read(URL_FLAG, '--query=up', '--service-labels=a,b', '--zone-labels=c, d').query.labels).toEqual({
      service: ['a', 'b'],
      zones: ['c', 'd'],
    });
  });

  test('headers may be given several times', () => {
    const { headers } = read(
      ...needed,
      '--prometheus-header=X-Scope-OrgID: shop',
      '--prometheus-header=a:b:c',
    ).prometheus;
    expect(headers).toEqual([
      ['x-scope-orgid', 'shop'],
      ['a', 'b:c'],
    ]);
  });

  test.each<[string, string[], string]>([
    ['no URL', ['--source=obi'], '--prometheus-url is needed'],
    ['no query', [URL_FLAG], '--source or --query is needed'],
    ['two queries', [...needed, '--query=up'], '--source and --query exclude each other'],
    ['an unknown source', [URL_FLAG, '--source=envoy'], '--source: expected obi, obi-workload, istio-ambient'],
    ['another scheme', ['--prometheus-url=ftp://p', '--source=obi'], '--prometheus-url: expected an http(s) URL'],
    ['credentials in the URL', ['--prometheus-url=http://a:b@p', '--source=obi'], 'a URL without credentials'],
    ['a header without a name', [...needed, '--prometheus-header=shop'], '--prometheus-header: expected a header'],
    [
      'a header with a line break',
      [...needed, '--prometheus-header=a:b\nc:d'],
      '--prometheus-header: expected a header',
    ],
    ['one label', [...needed, '--zone-labels=zone'], '--zone-labels: expected two different labels'],
    ['a label that is none', [...needed, '--service-labels=a-b,c'], '--service-labels: expected two different labels'],
    ['a short interval', [...needed, '--interval=500ms'], '--interval: expected a duration from 1s to 5m'],
    ['a long interval', [...needed, '--interval=10m'], '--interval: expected a duration from 1s to 5m'],
    [
      'a token and a user',
      [...needed, '--prometheus-bearer-token-file=/t', '--prometheus-username=me'],
      'exclude each other',
    ],
    ['a password without a user', [...needed, '--prometheus-password-file=/p'], 'needs --prometheus-username'],
  ])('%s is refused', (_, args, message) => {
    expect(() => read(...args)).toThrow(message);
  });
});
