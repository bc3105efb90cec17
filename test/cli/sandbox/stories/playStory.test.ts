import { beforeAll, describe, expect, test } from 'vitest';
import pino from 'pino';
import { stories, storyOf } from '../../../../src/cli/sandbox/stories/all.js';
import { playStory } from '../../../../src/cli/sandbox/stories/playStory.js';
import type { Story } from '../../../../src/cli/sandbox/stories/story.js';

/** Without pauses for a reader, and with an in-tree that looks at once. */
const FAST = { sceneMs: 0, calmMs: 500, startMs: 20, evictAfterMs: 100, inTreeDelayMs: 50 };

async function play(story: Story): Promise<{ told: boolean; lines: string[] }> {
  const lines: string[] = [];
  const told = await playStory(story, {
    logger: pino({ level: 'silent' }),
    paint: (_, text) => text,
    print: (line) => lines.push(line),
    signal: new AbortController().signal,
    pace: FAST,
  });
  return { told, lines };
}

/** How the summary of each story ends. */
const expected = new Map<string, RegExp>([
  ['balanced', /web 33 % → 73 % in zone, busiest endpoint 1\.17x\. All 5 claims hold\.$/],
  ['rollout', /web 100 % in zone before, 100 % after 6 new Pods, \d+ writes by slicehints\. All 3 claims hold\.$/],
  ['zone-outage', /web in zone 100 % → 100 % → 67 % → 100 % .*\. All 5 claims hold\.$/],
  ['odd-node', /web in zone 100 % → 33 % → 100 % → \d+ % .*\. All 5 claims hold\.$/],
  ['demand', /web in zone 100 % → 40 % → 40 % → 100 % .*\. All 7 claims hold\.$/],
  ['policies', /web in zone 33 % → 73 % → \d+ % .*\. All 6 claims hold\.$/],
  ['fight', /^Story fight: 3 writes by slicehints, then a pause and one Event; .* All 3 claims hold\.$/],
  ['uninstall', /web 73 % → 33 % in zone, cart 100 % by Kubernetes, .* All 5 claims hold\.$/],
]);

describe('a story ends by itself in the state that it claims', () => {
  // They wait most of the time, so they are played side by side.
  const played = new Map<string, ReturnType<typeof play>>();
  beforeAll(async () => {
    for (const story of stories) played.set(story.name, play(story));
    await Promise.allSettled(played.values());
  }, 120_000);

  test.each([...expected])('%s', async (name, summary) => {
    const { told, lines } = await (played.get(name) ?? play(storyOf(name)));
    expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
    expect(lines.at(-1)).toMatch(summary);
    expect(told).toBe(true);
  });

  test('every story of the list is played here', () => {
    expect([...played.keys()].sort()).toEqual([...expected.keys()].sort());
  });
});

describe('playing a story', () => {
  const cluster = { guard: false, nodes: 'ab', services: [{ name: 'web', pods: 'ab' }] };

  test('a claim that does not hold fails it, and the summary names the claim', async () => {
    const { told, lines } = await play({
      ...{ name: 'wrong', title: 'a test.', cluster },
      play: (stage) => {
        stage.claim('there are two endpoints', stage.unhinted('web') === 2);
        stage.claim('there are three endpoints', stage.unhinted('web') === 3);
        return Promise.resolve('done');
      },
    });
    expect(told).toBe(false);
    expect(lines).toContain('✓ there are two endpoints');
    expect(lines.at(-1)).toBe('Story wrong: done. 1 of 2 claims do not hold: there are three endpoints.');
  });

  test('each line tells who wrote, what, and what the traffic became', async () => {
    const { lines } = await play({
      ...{ name: 'lines', title: 'a test.', cluster },
      play: async (stage) => {
        await stage.startController();
        stage.annotate('web', 'service.kubernetes.io/topology-mode', 'Auto');
        await stage.until('the Service has hints', () => stage.unhinted('web') === 0);
        await stage.settle();
        stage.store.delete('services', 'shop', 'web', { userAgent: 'kubectl/v1.36.2' });
        return 'done';
      },
    });
    const shown = lines.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} +/, '').replace(/web-\w{5} /, 'web-xxxxx '));
    expect(shown).toContain('in-tree           slice shop/web-xxxxx  created, 2 endpoints  [web 50 % in zone]');
    expect(shown).toContain(
      '$ kubectl annotate service -n shop web service.kubernetes.io/topology-mode=Auto --overwrite',
    );
    expect(shown).toContain('kubectl           service shop/web  service.kubernetes.io/topology-mode none → Auto');
    expect(shown.some((line) => /slice shop\/web-xxxxx +.*hints .* {2}\[web 50 % → 100 % in zone\]$/.test(line))).toBe(
      true,
    );
    expect(shown).toContain('kubectl           service shop/web  deleted, service.kubernetes.io/topology-mode=Auto');
  });

  test('a signal ends it', async () => {
    const stop = new AbortController();
    const playing = playStory(
      {
        ...{ name: 'endless', title: 'a test.', cluster },
        play: async (stage) => {
          stop.abort();
          await stage.until('never', () => false);
          return 'done';
        },
      },
      {
        ...{ logger: pino({ level: 'silent' }), paint: (_, text) => text, print: () => undefined },
        ...{ signal: stop.signal, pace: FAST },
      },
    );
    await expect(playing).rejects.toThrow('interrupted');
  });
});
