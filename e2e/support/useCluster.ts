import { afterAll, afterEach, beforeAll } from 'vitest';
import { TestCluster } from './cluster.js';

/** A cluster for all tests of a block; the controllers that a test starts on it end with the test. */
export function useCluster(onStarted: (cluster: TestCluster) => void): void {
  let cluster: TestCluster | undefined;
  beforeAll(async () => {
    cluster = await TestCluster.start();
    onStarted(cluster);
  }, 60_000);
  afterEach(() => cluster?.endControllers());
  afterAll(() => cluster?.stop(), 60_000);
}
