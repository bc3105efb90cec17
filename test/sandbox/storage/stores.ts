import { ResourceCatalog } from '../../../src/sandbox/schema/resourceCatalog.js';
import { Storage } from '../../../src/sandbox/storage/storage.js';
import { ObjectStore } from '../../../src/sandbox/storage/store.js';
import type { WriterOptions } from '../../../src/sandbox/storage/commits.js';
import { FakeClock } from '../../support/fakeClock.js';

/** A store with the namespace `default`, on a clock that stands still. */
export function storeOf(options: Partial<WriterOptions> = {}): ObjectStore {
  const store = new ObjectStore(new Storage(100, 0), new ResourceCatalog(), {
    clock: new FakeClock(),
    random: () => 0.5,
    ...options,
  });
  store.create('namespaces', { metadata: { name: 'default' } });
  return store;
}

/** `success`, or the code and message of the answer. */
export function answerOf(act: () => unknown): string {
  try {
    act();
    return 'success';
  } catch (error) {
    const { code, message } = error as { code?: number; message: string };
    return `${code ?? ''} ${message}`;
  }
}
