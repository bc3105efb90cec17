import { describe, expect, test } from 'vitest';
import { OptionalApi, type OptionalApiOptions } from '../../../src/kube/cache/optionalApi.js';
import { ApiError } from '../../../src/kube/rest/transport.js';
import { FakeClock } from '../../support/fakeClock.js';

type Step = number | 'list' | { readonly status: number };

/** Plays answers to lists and time that passes. @returns what was called, with the time */
async function play(steps: readonly Step[], options: Partial<OptionalApiOptions> = {}): Promise<string[]> {
  const clock = new FakeClock();
  const called: string[] = [];
  const startMs = clock.monotonicMs();
  const note = (what: string): void => void called.push(`${what} ${clock.monotonicMs() - startMs}`);
  const { observer } = new OptionalApi({
    clock,
    refusalMs: () => 10,
    absentMs: () => 5,
    onRefused: ({ status }) => note(`refused by ${status}`),
    onAbsent: () => note('absent'),
    ...options,
  });
  for (const step of steps) {
    if (typeof step === 'number') await clock.advance(step);
    else if (step === 'list') observer.onList?.('things', { how: 'pages', items: 0, seconds: 0 });
    else observer.onListFailed?.('things', new ApiError('http', 'no', { status: step.status }));
  }
  return called;
}

const [UNAUTHORIZED, FORBIDDEN, ABSENT, BROKEN] = [401, 403, 404, 503].map((status) => ({ status })) as [
  Step,
  Step,
  Step,
  Step,
];

describe('an API that may be absent', () => {
  test.each<[string, readonly Step[], readonly string[]]>([
    ['403 for a short time is none', [FORBIDDEN, 9, 'list', 100], []],
    ['403 that lasts is a refusal, once', [FORBIDDEN, 4, FORBIDDEN, 4, FORBIDDEN, 2, 100], ['refused by 403 10']],
    ['so is 401', [UNAUTHORIZED, 100], ['refused by 401 10']],
    ['404 that lasts is absence', [ABSENT, 4, ABSENT, 100], ['absent 5']],
    ['404 for a short time is none', [ABSENT, 4, 'list', 100], []],
    ['a server that fails has not answered', [FORBIDDEN, 9, BROKEN, 100], []],
    ['a refusal after a list is waited out anew', [FORBIDDEN, 9, 'list', FORBIDDEN, 9, 1], ['refused by 403 19']],
  ])('%s', async (_, steps, expected) => {
    expect(await play(steps)).toEqual(expected);
  });

  test('where there is no time to wait, it counts at once', async () => {
    expect(await play([FORBIDDEN, ABSENT, 100], { absentMs: () => 0 })).toEqual(['absent 0']);
  });

  test('where the time has no end, it never counts', async () => {
    const options = { absentMs: () => Infinity, refusalMs: () => Infinity };
    expect(await play([FORBIDDEN, ABSENT, 1e9], options)).toEqual([]);
  });

  test('another observer hears everything', async () => {
    const heard: string[] = [];
    await play(['list', FORBIDDEN, ABSENT, BROKEN], {
      observer: {
        onList: (name) => void heard.push(name),
        onListFailed: (name, { status }) => void heard.push(`${name} ${status}`),
      },
    });
    expect(heard).toEqual(['things', 'things 403', 'things 404', 'things 503']);
  });
});
