import { expect, test } from 'vitest';
import { readdirSync } from 'node:fs';
import { stories, storyNames, storyOf } from '../../../../src/cli/sandbox/stories/all.js';

test('every story is listed under its own name, with a title that is a sentence', () => {
  expect(new Set(storyNames).size).toBe(stories.length);
  for (const story of stories) {
    expect(storyOf(story.name)).toBe(story);
    expect(story.title).toMatch(/^[a-z].*\.$/);
    expect(story.name).toMatch(/^[a-z-]+$/);
  }
});

test('every file of a story is listed', () => {
  const parts = ['all', 'playStory', 'stage', 'story', 'storyCluster'];
  const files = readdirSync('src/cli/sandbox/stories').map((name) => name.replace('.ts', ''));
  const camel = storyNames.map((name) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
  expect(camel.sort()).toEqual(files.filter((name) => !parts.includes(name)).sort());
});

test('a name that is not listed is an error that lists them', () => {
  expect(() => storyOf('constructor')).toThrow(`expected one of ${storyNames.join(', ')}, got "constructor"`);
});
