import { describe, expect, test } from 'vitest';
import { Settling, SETTLING_MS } from '../../../src/controller/writing/settling.js';
import { readService } from '../../../src/model/service.js';
import { FakeClock } from '../../support/fakeClock.js';

const KEY = 'shop/web';
const service = () => readService({ metadata: { namespace: 'shop', name: 'web' } });

function rig() {
  const clock = new FakeClock();
  const woken: string[] = [];
  return { clock, woken, settling: new Settling({ clock, wake: (key) => woken.push(key) }) };
}

describe('a Service whose hints were written', () => {
  test('counts as just written for a minute, and others do not', async () => {
    const { clock, settling } = rig();
    const record = service();
    settling.note(KEY, record);
    await clock.advance(SETTLING_MS - 1);
    expect([settling.has(KEY, record), settling.has('shop/api', record)]).toEqual([true, false]);
    await clock.advance(1);
    expect(settling.has(KEY, record)).toBe(false);
  });

  test('is planned again after the minute if it was planned meanwhile, else not', async () => {
    const { clock, settling, woken } = rig();
    const record = service();
    settling.note(KEY, record);
    settling.note('shop/api', record);
    settling.has(KEY, record);
    await clock.advance(SETTLING_MS);
    expect([woken, clock.pending]).toEqual([[KEY], 0]);
  });

  test('does not count as just written once its own manifest has changed', () => {
    const { settling } = rig();
    settling.note(KEY, service());
    expect(settling.has(KEY, service())).toBe(false);
  });

  test('counts from its last write on, with one timer', async () => {
    const { clock, settling } = rig();
    const record = service();
    settling.note(KEY, record);
    await clock.advance(SETTLING_MS / 2);
    settling.note(KEY, record);
    await clock.advance(SETTLING_MS / 2);
    expect([settling.has(KEY, record), clock.pending]).toEqual([true, 1]);
  });

  test('leaves no timer when all is stopped', () => {
    const { clock, settling } = rig();
    settling.note(KEY, service());
    settling.stop();
    expect(clock.pending).toBe(0);
  });
});
