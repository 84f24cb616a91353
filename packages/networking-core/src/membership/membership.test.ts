import { createManualClock, identityFromSeed, nativeCrypto } from '@streamsync/runtime';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AnnouncerOptions, startAnnouncer } from './announcer.ts';
import { createMembershipListener, SILENCE_MS_MAX } from './membership.ts';
import { isSignedRoot, PUBLICATION_PREFIXES } from './publications.ts';

const genesisHash = new Uint8Array(32).fill(1);
const identity = identityFromSeed(new Uint8Array(32).fill(2));
const pins = Array.from({ length: 40 }, (_, index) => ({
  slot: BigInt(100 + index),
  blockhash: new Uint8Array(32).fill(index),
}));

afterEach(() => {
  vi.useRealTimers();
});

function announcements(overrides: Partial<AnnouncerOptions> = {}) {
  const published: Uint8Array[] = [];
  const clock = overrides.clock ?? createManualClock();
  const announcer = startAnnouncer({
    identity,
    genesisHash,
    crypto: nativeCrypto,
    clock,
    operator: 'alpha',
    specialisation: 'speed',
    address: 'tcp://127.0.0.1:7700',
    capacityMilliUnitsPerSecond: 5_000_000,
    bidNanoUsd: 100n,
    provenance: () => 'STREAMED',
    pins: () => pins,
    historySlotFirst: () => 50n,
    historyRanges: () => [],
    loadPermille: () => 12,
    publish: (bytes) => published.push(bytes),
    ...overrides,
  });
  return { published, announcer };
}

function listener(clock = createManualClock()) {
  const changes: string[] = [];
  const membership = createMembershipListener({
    nodeKeys: [identity.nodeKey],
    genesisHash,
    crypto: nativeCrypto,
    clock,
    onChange: (nodeKey) => changes.push(nodeKey),
  });
  return { membership, changes, clock };
}

describe('membership', () => {
  it('takes the heartbeat and the offer of a known node, with its newest 32 pins', () => {
    const { published, announcer } = announcements();
    const { membership, changes } = listener();
    expect(published.map((bytes) => membership.receive(bytes))).toEqual(['accept', 'accept']);
    const member = membership.member(identity.nodeKey);
    expect(member?.heartbeat?.pins.map(({ slot }) => slot)).toEqual(
      pins.slice(-32).map(({ slot }) => slot),
    );
    expect(member?.offer?.bidNanoUsd).toBe(100n);
    expect(changes).toHaveLength(2);
    for (const bytes of published) {
      expect(isSignedRoot(bytes)).toBe(false);
      const fits = PUBLICATION_PREFIXES.filter((prefix) =>
        prefix.every((byte, index) => bytes[index] === byte),
      );
      expect(fits).toHaveLength(1);
    }
    announcer.stop();
    membership.stop();
  });

  it('ignores a repeated message, and an older one after a newer', () => {
    const { published, announcer } = announcements();
    announcer.slotApplied();
    const { membership } = listener();
    const [older, , newer] = published as [Uint8Array, Uint8Array, Uint8Array];
    expect(membership.receive(newer)).toBe('accept');
    expect(membership.receive(newer)).toBe('ignore');
    expect(membership.receive(older)).toBe('ignore');
    announcer.stop();
    membership.stop();
  });

  it('rejects a changed byte, wherever it is', () => {
    const { published, announcer } = announcements();
    const [heartbeat] = published as [Uint8Array];
    for (let at = 0; at < heartbeat.length; at += 7) {
      const { membership } = listener();
      const changed = heartbeat.slice();
      changed[at] = (changed[at] as number) ^ 1;
      expect(membership.receive(changed)).not.toBe('accept');
      membership.stop();
    }
    announcer.stop();
  });

  it('ignores a node that it does not know, and rejects one of another cluster', () => {
    const stranger = announcements({ identity: identityFromSeed(new Uint8Array(32).fill(9)) });
    const foreign = announcements({ genesisHash: new Uint8Array(32).fill(8) });
    const { membership } = listener();
    expect(membership.receive(stranger.published[0] as Uint8Array)).toBe('ignore');
    expect(membership.receive(foreign.published[0] as Uint8Array)).toBe('reject');
    stranger.announcer.stop();
    foreign.announcer.stop();
    membership.stop();
  });

  it('ignores a heartbeat whose date is off by more than 5 s', () => {
    const late = announcements({ clock: createManualClock(1_700_000_000_000 - 5_001) });
    const { membership } = listener();
    expect(membership.receive(late.published[0] as Uint8Array)).toBe('ignore');
    late.announcer.stop();
    membership.stop();
  });

  it('forgets the heartbeat of a node that is silent for 5 s, and says so', () => {
    vi.useFakeTimers();
    const { published, announcer } = announcements();
    announcer.stop();
    const { membership, changes, clock } = listener();
    membership.receive(published[0] as Uint8Array);
    clock.advance(SILENCE_MS_MAX);
    vi.advanceTimersByTime(1_000);
    expect(membership.member(identity.nodeKey)?.heartbeat).not.toBeNull();
    clock.advance(1);
    vi.advanceTimersByTime(1_000);
    expect(membership.member(identity.nodeKey)?.heartbeat).toBeNull();
    expect(changes).toHaveLength(2);
    membership.stop();
  });

  it('announces every second without any slot, and at once after one', () => {
    vi.useFakeTimers();
    const clock = createManualClock();
    const { published, announcer } = announcements({ clock });
    const before = published.length;
    announcer.slotApplied();
    expect(published).toHaveLength(before + 1);
    clock.advance(1_000);
    vi.advanceTimersByTime(1_000);
    expect(published.length).toBeGreaterThan(before + 1);
    announcer.stop();
  });
});
