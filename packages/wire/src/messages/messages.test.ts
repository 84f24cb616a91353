import { parseSlot } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pureCrypto } from '../crypto/pure.ts';
import { encodeLeaf, LEAF_BYTES } from '../merkle/leaf.ts';
import {
  decodeSignedRoot,
  encodeSignedRoot,
  signRoot,
  TREE_LEAVES_MAX,
  verifyRoot,
} from '../merkle/signed-root.ts';
import {
  decodeHeartbeat,
  decodeOffer,
  encodeHeartbeat,
  encodeOffer,
  HEARTBEAT_PINS_MAX,
  openAnnouncement,
} from './announcement.ts';
import {
  deriveSessionKeys,
  encodeHello,
  encodeHelloReply,
  openHello,
  openHelloReply,
} from './hello.ts';

const filled = (size: number, byte: number) => new Uint8Array(size).fill(byte);
const seed = filled(32, 1);
const nodeSeed = filled(32, 2);
const nodeKey = pureCrypto.publicKeyOf(nodeSeed);
const flip = (bytes: Uint8Array, at: number) => {
  const damaged = Uint8Array.from(bytes);
  damaged[at] = (damaged[at] as number) ^ 1;
  return damaged;
};

function exchange() {
  const gatewaySecret = filled(32, 3);
  const nodeSecret = filled(32, 4);
  const helloBytes = encodeHello(pureCrypto, seed, {
    genesisHash: filled(32, 9),
    gatewayKey: pureCrypto.publicKeyOf(seed),
    gatewayEphemeral: pureCrypto.x25519PublicKeyOf(gatewaySecret),
    nonce: filled(16, 5),
    sentAtMs: 1_700_000_000_000,
  });
  const replyBytes = encodeHelloReply(pureCrypto, nodeSeed, helloBytes, {
    nodeKey,
    nodeEphemeral: pureCrypto.x25519PublicKeyOf(nodeSecret),
    sessionId: filled(16, 6),
    tlsFingerprint: null,
  });
  return { gatewaySecret, nodeSecret, helloBytes, replyBytes };
}

describe('the hello', () => {
  it('gives both sides the same two keys, one for each direction', () => {
    const { gatewaySecret, nodeSecret, helloBytes, replyBytes } = exchange();
    const hello = openHello(pureCrypto, helloBytes);
    const reply = openHelloReply(pureCrypto, helloBytes, replyBytes);
    const transcript = { hello: helloBytes, reply: replyBytes };
    const atGateway = deriveSessionKeys(
      pureCrypto,
      gatewaySecret,
      reply?.nodeEphemeral as Uint8Array,
      transcript,
    );
    const atNode = deriveSessionKeys(
      pureCrypto,
      nodeSecret,
      hello?.gatewayEphemeral as Uint8Array,
      transcript,
    );
    expect(atGateway).toEqual(atNode);
    expect(atGateway?.gatewayToNode).not.toEqual(atGateway?.nodeToGateway);
  });

  it('is refused where any byte that was signed is changed', () => {
    const { helloBytes, replyBytes } = exchange();
    const isOpened = (open: () => unknown) => {
      try {
        return open() !== null;
      } catch {
        return false;
      }
    };
    for (let at = 0; at < helloBytes.length; at += 7) {
      expect(isOpened(() => openHello(pureCrypto, flip(helloBytes, at)))).toBe(false);
    }
    for (let at = 0; at < replyBytes.length; at += 7) {
      expect(isOpened(() => openHelloReply(pureCrypto, helloBytes, flip(replyBytes, at)))).toBe(
        false,
      );
    }
    expect(isOpened(() => openHelloReply(pureCrypto, flip(helloBytes, 90), replyBytes))).toBe(
      false,
    );
  });
});

describe('announcements', () => {
  it('carry heartbeats and offers, signed', () => {
    const identity = { seed: nodeSeed, nodeKey };
    const heartbeat = {
      operator: 'alpha',
      genesisHash: filled(32, 9),
      sequence: 12,
      sentAtMs: 1_700_000_000_000,
      provenance: 'STREAMED' as const,
      pins: [
        { slot: 5n, blockhash: filled(32, 1) },
        { slot: 2n ** 63n, blockhash: filled(32, 2) },
      ],
      historySlotFirst: 0n,
      historyRanges: [{ slotFirst: parseSlot(1), slotLast: parseSlot(4) }],
      loadPermille: 31,
    };
    const bytes = encodeHeartbeat(pureCrypto, identity, heartbeat);
    const opened = openAnnouncement(pureCrypto, bytes);
    expect(decodeHeartbeat(opened?.payload as Uint8Array)).toEqual(heartbeat);
    expect(openAnnouncement(pureCrypto, flip(bytes, bytes.length - 100))).toBeNull();

    const offer = {
      operator: 'alpha',
      specialisation: 'speed' as const,
      address: 'tcp://127.0.0.1:7700',
      capacityMilliUnitsPerSecond: 1_000_000,
      bidNanoUsd: 500n,
      sequence: 3,
      expiresAtMs: 1_700_000_060_000,
    };
    const offered = openAnnouncement(pureCrypto, encodeOffer(pureCrypto, identity, offer));
    expect(decodeOffer(offered?.payload as Uint8Array)).toEqual(offer);
  });

  it('refuse pins that are too many or out of order', () => {
    const identity = { seed: nodeSeed, nodeKey };
    const base = {
      operator: 'alpha',
      genesisHash: filled(32, 9),
      sequence: 1,
      sentAtMs: 1,
      provenance: 'FED' as const,
      historySlotFirst: 0n,
      historyRanges: [{ slotFirst: parseSlot(1), slotLast: parseSlot(4) }],
      loadPermille: 0,
    };
    const pin = (slot: bigint) => ({ slot, blockhash: filled(32, 1) });
    const many = Array.from({ length: HEARTBEAT_PINS_MAX + 1 }, (_, index) => pin(BigInt(index)));
    for (const pins of [many, [pin(2n), pin(1n)], [pin(1n), pin(1n)]]) {
      const opened = openAnnouncement(
        pureCrypto,
        encodeHeartbeat(pureCrypto, identity, { ...base, pins }),
      );
      expect(() => decodeHeartbeat(opened?.payload as Uint8Array)).toThrow(
        expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
      );
    }
  });
});

describe('leaves and signed roots', () => {
  it('a leaf has the documented layout', () => {
    const leaf = encodeLeaf({
      genesisHash: filled(32, 1),
      nodeKey: filled(32, 2),
      operationHash: filled(32, 3),
      slot: 0x0102_0304_0506_0708n,
      blockhash: filled(32, 4),
      resultHash: filled(32, 5),
      queryId: filled(16, 6),
      servedAtMs: 0x18b_cfe5_6800,
    });
    expect(leaf.length).toBe(LEAF_BYTES);
    expect(Buffer.from(leaf).toString('hex')).toBe(
      `01${'01'.repeat(32)}${'02'.repeat(32)}${'03'.repeat(32)}0102030405060708${'04'.repeat(32)}` +
        `${'05'.repeat(32)}${'06'.repeat(16)}0000018bcfe56800`,
    );
  });

  const root = {
    genesisHash: filled(32, 1),
    nodeKey,
    sessionId: filled(16, 2),
    gatewayKey: filled(32, 3),
    sequenceFirst: 10,
    sequenceLast: 12,
    signedAtMs: 1_700_000_000_000,
    root: filled(32, 4),
  };

  it('a root verifies for its context and for no other', () => {
    const signed = signRoot(pureCrypto, nodeSeed, root);
    expect(verifyRoot(pureCrypto, decodeSignedRoot(encodeSignedRoot(signed)))).toBe(true);
    const others = [
      { sequenceFirst: 11 },
      { sequenceLast: 13 },
      { signedAtMs: 1 },
      { sessionId: filled(16, 9) },
      { gatewayKey: filled(32, 9) },
      { genesisHash: filled(32, 9) },
      { root: filled(32, 9) },
      { nodeKey: pureCrypto.publicKeyOf(seed) },
    ];
    for (const other of others) expect(verifyRoot(pureCrypto, { ...signed, ...other })).toBe(false);
  });

  it('a root of no leaves or of more than a tree holds is refused', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (sequenceFirst, sequenceLast) => {
        const count = sequenceLast - sequenceFirst + 1;
        const bytes = encodeSignedRoot({
          ...root,
          sequenceFirst,
          sequenceLast,
          signature: filled(64, 0),
        });
        const isFine = count >= 1 && count <= TREE_LEAVES_MAX;
        if (isFine) expect(decodeSignedRoot(bytes).sequenceLast).toBe(sequenceLast);
        else expect(() => decodeSignedRoot(bytes)).toThrow();
      }),
    );
  });
});
