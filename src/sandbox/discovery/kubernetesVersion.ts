/** The Kubernetes version that the stand-in plays, and what that version does not have. */

export interface KubernetesVersion {
  readonly minor: number;
  readonly patch: number;
}

/** The version whose recorded answers the stand-in is held to. */
export const NEWEST_VERSION: KubernetesVersion = { minor: 36, patch: 2 };
/** EndpointSlices have hints, Services spec.trafficDistribution, from here on. */
const OLDEST_MINOR = 30;

/**
 * Reads `1.33`, `v1.33` or `1.33.4`.
 * @throws {Error} one sentence for anything else, and for a version that is not played
 */
export function parseKubernetesVersion(text: string): KubernetesVersion {
  const [, minor, patch] = /^v?1\.(\d{1,3})(?:\.(\d{1,3}))?$/.exec(text) ?? [];
  const version = { minor: Number(minor ?? 0), patch: Number(patch ?? 0) };
  if (version.minor === NEWEST_VERSION.minor && patch === undefined) return NEWEST_VERSION;
  if (version.minor >= OLDEST_MINOR && version.minor <= NEWEST_VERSION.minor) return version;
  throw new Error(
    `expected a Kubernetes version from 1.${OLDEST_MINOR} to 1.${NEWEST_VERSION.minor}, got ${JSON.stringify(text.slice(0, 40))}`,
  );
}

export function gitVersionOf({ minor, patch }: KubernetesVersion): string {
  return `v1.${minor}.${patch}`;
}

/** GET /version. The emulation fields exist since 1.34. */
export function versionInfo(version: KubernetesVersion): object {
  const minor = String(version.minor);
  const emulation = {
    emulationMajor: '1',
    emulationMinor: minor,
    minCompatibilityMajor: '1',
    minCompatibilityMinor: String(version.minor - 1),
  };
  return {
    major: '1',
    minor,
    ...(version.minor >= 34 ? emulation : {}),
    gitVersion: gitVersionOf(version),
    gitCommit: '$Format:%H$',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'go1.26.10',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

/**
 * Whether `hints.forNodes` is stored: the feature gate PreferSameTrafficDistribution is on from 1.34. Older servers
 * accept the field and drop it, so that `hints: {}` is left where nothing else is in it.
 */
export function storesNodeHints({ minor }: KubernetesVersion): boolean {
  return minor >= 34;
}

/** Whether the API types have `hints.forNodes`: 1.33 publishes the field in OpenAPI without storing it. */
export function publishesNodeHints({ minor }: KubernetesVersion): boolean {
  return minor >= 33;
}

/** API groups that the stand-in serves but that version does not, in the version v1. */
export function missingGroups({ minor }: KubernetesVersion): readonly string[] {
  // MutatingAdmissionPolicy; the stand-in serves nothing else of the group.
  return minor >= 36 ? [] : ['admissionregistration.k8s.io'];
}
