// Users over the day: how many, and into which zone their traffic comes.
import { ZONES } from './cluster.mjs';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;

/**
 * The traffic of one application's users. It follows the sun: most of it comes at another hour into each zone, by an amount that
 * differs between applications. Once a day one zone's part doubles for two hours, from one minute to the next.
 * @param next random fractions
 * @returns a function from seconds to a Map of zone to traffic per second
 */
export function drawUsers(next, peak) {
  const weights = ZONES.map(() => 0.6 + 0.8 * next());
  const swing = [0, 0.3, 0.6][Math.floor(next() * 3)];
  const noon = next();
  const busyZone = ZONES[Math.floor(next() * ZONES.length)];
  const busyFrom = (8 + 10 * next()) * HOUR_SECONDS;
  return (seconds) => {
    const time = seconds % DAY_SECONDS;
    const wave = (shift) => Math.cos(2 * Math.PI * (time / DAY_SECONDS - noon - shift));
    const amount = peak * (0.625 + 0.375 * wave(0));
    const parts = ZONES.map((_, z) => weights[z] * (1 + swing * wave(z / ZONES.length)));
    const total = parts.reduce((a, b) => a + b, 0);
    const isBusy = time >= busyFrom && time < busyFrom + 2 * HOUR_SECONDS;
    return new Map(
      ZONES.map((zone, z) => [zone, ((amount * parts[z]) / total) * (isBusy && zone === busyZone ? 2 : 1)]),
    );
  };
}
