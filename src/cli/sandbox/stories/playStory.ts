import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { systemClock } from '../../../kube/clock.js';
import { chartDefinitions } from '../../../sandbox/customResources/chartDefinitions.js';
import { SandboxApiServer } from '../../../sandbox/server/apiServer.js';
import { installGuard, storedGuardHook } from '../../../sandbox/storage/guard.js';
import type { Paint } from '../../output/terminal.js';
import { runInTree } from '../inTree.js';
import { sandboxSettings } from '../settings.js';
import { Narrator } from '../stream/narrator.js';
import { SandboxStage, type Pace } from './stage.js';
import { loadStoryCluster } from './storyCluster.js';
import type { Story } from './story.js';

/** In-tree syncs a second after a write of others, as in a real cluster. */
const PACE: Pace & { readonly inTreeDelayMs: number } = {
  sceneMs: 2000,
  calmMs: 1500,
  startMs: 300,
  evictAfterMs: 3000,
  inTreeDelayMs: 1000,
};

export interface StoryOptions {
  readonly logger: Logger;
  readonly paint: Paint;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  readonly pace?: typeof PACE;
}

/**
 * Plays a story from start to end on a server of its own.
 * @returns whether all of its claims hold
 */
export async function playStory(story: Story, options: StoryOptions): Promise<boolean> {
  const { logger, paint, print, pace = PACE } = options;
  const server = new SandboxApiServer({ definitions: chartDefinitions() });
  const folder = await mkdtemp(join(tmpdir(), 'slicehints-'));
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, options.signal]);
  let stage: SandboxStage | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let endNarration = (): void => undefined;
  try {
    const url = await server.listen();
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, server.kubeconfig(), { mode: 0o600 });
    loadStoryCluster(server.store, story.cluster);
    if (story.cluster.guard) installGuard(server.store);
    const narrator = new Narrator({ server, clock: systemClock, paint, print });
    server.store.onWrite = storedGuardHook(server.store, (slice, request) => narrator.guardKept(slice, request));
    print(paint('bold', `Story ${story.name}: ${story.title}`));
    endNarration = narrator.start();
    const inTree = runInTree(url, logger, signal, pace.inTreeDelayMs);
    const settings = sandboxSettings(kubeconfig, 'warn');
    const { traffic } = narrator;
    stage = new SandboxStage({
      ...{ server, url, cluster: story.cluster, settings, traffic, inTree, pace, logger, paint, print, signal },
    });
    running = Promise.all([stage.run(signal), inTree.ended]);
    await stage.settle();
    const summary = await story.play(stage);
    await stage.stopController();
    endNarration();
    print('');
    const { claims, failed } = stage;
    const outcome =
      failed.length === 0
        ? `All ${claims} claims hold.`
        : `${failed.length} of ${claims} claims do not hold: ${failed.join('; ')}.`;
    print(`Story ${story.name}: ${summary}. ${outcome}`);
    return failed.length === 0;
  } finally {
    endNarration();
    stop.abort();
    await stage?.stopController();
    await running;
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
