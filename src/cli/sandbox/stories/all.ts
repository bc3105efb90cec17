import { balanced } from './balanced.js';
import { demand } from './demand.js';
import { fight } from './fight.js';
import { oddNode } from './oddNode.js';
import { policies } from './policies.js';
import { rollout } from './rollout.js';
import type { Story } from './story.js';
import { uninstall } from './uninstall.js';
import { zoneOutage } from './zoneOutage.js';

/** Every story, in the order of the help text. A new one is a file beside this one and a line here. */
export const stories: readonly Story[] = [balanced, rollout, zoneOutage, oddNode, demand, policies, fight, uninstall];

export const storyNames: readonly string[] = stories.map(({ name }) => name);

/** @throws {Error} for a name that is not listed */
export function storyOf(name: string): Story {
  const story = stories.find((one) => one.name === name);
  if (story === undefined) throw new Error(`expected one of ${storyNames.join(', ')}, got ${JSON.stringify(name)}`);
  return story;
}
