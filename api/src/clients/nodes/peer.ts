// A node that the configuration names.
import {
  isSpecialisation,
  type NodeKey,
  type OperatorId,
  type Specialisation,
} from '@streamsync/domain';
import { parseSpAddress } from '@streamsync/networking-core';
import { z } from 'zod';

export interface Peer {
  readonly nodeKey: NodeKey;
  /** The owner of its stake, by the configuration's word. */
  readonly operator: OperatorId;
  readonly specialisation: Specialisation;
  /** Where it takes requests. */
  readonly address: string;
  /** Where it publishes heartbeats, offers and roots. */
  readonly publishAddress: string;
  /** SHA-256 of its certificate in hex; required by `tls+tcp`. */
  readonly tlsFingerprint?: string | undefined;
  /** The operator's chance of a seat, relative to others'; 1 where it is not stated. */
  readonly weight?: number | undefined;
}

const spAddress = z.string().refine((text) => {
  try {
    parseSpAddress(text);
    return true;
  } catch {
    return false;
  }
}, 'should be tcp://host:port or tls+tcp://host:port');

const hex32 = z.string().regex(/^[0-9a-f]{64}$/, 'should be 64 lowercase hex digits');

/** One entry of a gateway's list of peers, as its file has it: `publish` is the publish address. */
export const peerSchema = z
  .object({
    nodeKey: hex32.transform((text) => text as NodeKey),
    operator: z
      .string()
      .min(1)
      .max(64)
      .transform((text) => text as OperatorId),
    specialisation: z.string().refine(isSpecialisation, 'should be speed, cache or archive'),
    address: spAddress,
    publish: spAddress,
    tlsFingerprint: hex32.optional(),
    weight: z.number().positive().optional(),
  })
  .refine(
    ({ address, publish, tlsFingerprint }) =>
      tlsFingerprint !== undefined || !`${address} ${publish}`.includes('tls+tcp:'),
    'a tls+tcp address needs tlsFingerprint',
  )
  .transform(({ publish, ...peer }): Peer => ({ ...peer, publishAddress: publish }));
