import { percent } from '../stream/traffic.js';
import { BALANCED, type Story } from './story.js';

/** Long enough for several more rounds, were there any. */
const QUIET_ROUNDS = 4;

export const fight: Story = {
  name: 'fight',
  title: 'another writer removes the hints each time, and slicehints stops instead of fighting.',
  cluster: {
    guard: false,
    nodes: 'abc',
    services: [{ name: 'web', mode: BALANCED, pods: 'abc', managedBy: 'mesh.example.com' }],
  },
  async play(stage) {
    await stage.scene('A mesh manages the slice of the Service web and removes all hints 200 ms after each write.');
    const end = stage.fault('foreign-write:ms=200,change=strip,fieldManager=slicehints');
    await stage.startController();
    await stage.until('the fight is reported', () => stage.reasons('web').includes('HintsContended'));
    const writes = stage.sliceWrites('slicehints');
    stage.report('web');
    stage.claim(`slicehints stops after ${writes} writes`, writes <= 4);

    await stage.scene('The mesh goes on; slicehints waits.');
    for (let i = 0; i < QUIET_ROUNDS; i++) await stage.settle();
    stage.claim('no further write follows', stage.sliceWrites('slicehints') === writes);
    const events = stage.reasons('web').filter((reason) => reason === 'HintsContended').length;
    stage.claim('one Event names the fight', events === 1);
    end();
    const { inZoneShare } = stage.report('web');
    return `${writes} writes by slicehints, then a pause and one Event; web stays usable at ${percent(inZoneShare)} in zone`;
  },
};
