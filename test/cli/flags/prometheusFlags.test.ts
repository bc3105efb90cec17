import { describe, expect, test } from 'vitest';
import { parseFlags } from '../../../src/cli/flags/parseFlags.js';
import { PROMETHEUS_FLAGS, readPrometheusAccess, readTrafficQuery, type PrometheusFlags } from '../../../src/cli/flags/prometheusFlags.js'; // prettier-ignore
import { PRESET_NAMES, PRESETS } from '../../../src/measured/presets.js';

const flags = (...args: string[]): PrometheusFlags => parseFlags(PROMETHEUS_FLAGS, args).values;
const URL_FLAG = '--prometheus-url=http://prometheus:9090';

describe('which query is sent', () => {
  test('one of those that are ready-made', () => {
    const [name = ''] = PRESET_NAMES;
    expect(readTrafficQuery(flags(`--source=${name}`))).toBe(PRESETS[name as keyof typeof PRESETS]);
  });

  test('one of your own, with its labels', () => {
    expect(readTrafficQuery(flags('--query=up'))).toEqual({
      query: 'up',
      labels: { service: ['namespace', 'service'], zones: ['source_zone', 'destination_zone'] },
    });
    expect(readTrafficQuery(flags('--query=up', '--service-labels=ns, svc', '--zone-labels=a,b')).labels).toEqual({
      service: ['ns', 'svc'],
      zones: ['a', 'b'],
    });
  });

  test.each(['--service-labels=ns,svc', '--zone-labels=a,b'])('a ready-made one has its own labels: not %s', (arg) => {
    expect(() => readTrafficQuery(flags(`--source=${PRESET_NAMES[0]}`, arg))).toThrow(
      `${arg.replace(/=.*/, '')}: needs --query; the ready-made query of --source has labels of its own`,
    );
  });

  test('not both, and not none', () => {
    expect(() => readTrafficQuery(flags(`--source=${PRESET_NAMES[0]}`, '--query=up'))).toThrow('--source and --query exclude each other'); // prettier-ignore
    expect(() => readTrafficQuery(flags())).toThrow('--source or --query is needed');
  });

  test.each(['a', 'a,b,c', 'a,', 'a-b,c', ',b', '1a,b', 'a,a'])('%j are not two different labels', (labels) => {
    expect(() => flags(`--service-labels=${labels}`)).toThrow('--service-labels: expected two different labels, such as namespace,service'); // prettier-ignore
  });
});

describe('how Prometheus is reached', () => {
  test('with defaults', () => {
    const { url, ...rest } = readPrometheusAccess(flags(URL_FLAG));
    expect(url.href).toBe('http://prometheus:9090/');
    expect(rest).toEqual({ headers: [], bearerTokenFile: undefined, caFile: undefined, username: undefined, passwordFile: undefined, timeoutMs: 20_000 }); // prettier-ignore
  });

  test('with headers, of which the name is in lower case', () => {
    const given = flags(URL_FLAG, '--prometheus-header=X-Scope-OrgID: tenant ', '--prometheus-header=a:b:c');
    expect(readPrometheusAccess(given).headers).toEqual([['x-scope-orgid', 'tenant'], ['a', 'b:c']]); // prettier-ignore
  });

  test('with credentials in a header, where no other flag has some', () => {
    const given = flags(URL_FLAG, '--prometheus-header=Authorization:Bearer x');
    expect(readPrometheusAccess(given).headers).toEqual([['authorization', 'Bearer x']]);
  });

  test.each<[string[], string]>([
    [[], '--prometheus-url is needed: where Prometheus is'],
    [[URL_FLAG, '--prometheus-bearer-token-file=t', '--prometheus-username=u'], 'exclude each other'],
    [[URL_FLAG, '--prometheus-password-file=p'], '--prometheus-password-file needs --prometheus-username'],
    [
      [URL_FLAG, '--prometheus-header=X-Scope-OrgID:a', '--prometheus-header=x-scope-orgid:b'],
      '--prometheus-header: "x-scope-orgid" is given more than once',
    ],
    [
      [URL_FLAG, '--prometheus-header=User-Agent:mine'],
      '--prometheus-header: "user-agent" is set already; leave it out',
    ],
    [
      [URL_FLAG, '--prometheus-header=Transfer-Encoding:chunked'],
      '--prometheus-header: "transfer-encoding" is set already; leave it out',
    ],
    [
      [URL_FLAG, '--prometheus-username=a:b'],
      '--prometheus-username: expected a name without ":", which ends it in basic authentication',
    ],
    [
      [URL_FLAG, '--prometheus-header=Authorization:Bearer x', '--prometheus-bearer-token-file=t'],
      '--prometheus-header: "authorization" is set already; leave it out',
    ],
  ])('%j is refused', (args, message) => {
    expect(() => readPrometheusAccess(flags(...args))).toThrow(message);
  });

  test.each<[string, string]>([
    ['--prometheus-url=prometheus:9090', 'expected an http(s) URL'],
    ['--prometheus-url=ftp://x', 'expected an http(s) URL'],
    ['--prometheus-url=http://u:p@x', 'expected a URL without credentials'],
    ['--prometheus-header=no header', 'expected a header such as X-Scope-OrgID:tenant'],
    ['--prometheus-header=a:b\r\nc:d', 'expected a header such as X-Scope-OrgID:tenant'],
    ['--prometheus-timeout=0', 'expected a duration longer than 0'],
  ])('%j means nothing', (arg, message) => {
    expect(() => flags(arg)).toThrow(message);
  });
});
