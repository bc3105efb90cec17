import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, settingsOf } from '../../src/hints/settings.js';

describe('the settings of a plan', () => {
  test('are the defaults where nothing is given', () => {
    expect(settingsOf(undefined)).toEqual(DEFAULT_SETTINGS);
    expect(settingsOf({})).toEqual(DEFAULT_SETTINGS);
  });

  test('are what is given before the defaults', () => {
    const given = { guard: true, overloadThreshold: 0.5, managedBy: ['me'] };
    expect(settingsOf(given)).toEqual({ ...DEFAULT_SETTINGS, ...given });
  });

  test('belong to the caller: changing them changes no default', () => {
    Object.assign(settingsOf({}), { guard: true });
    expect(settingsOf({}).guard).toBe(false);
    expect(Object.isFrozen(DEFAULT_SETTINGS)).toBe(true);
  });
});
