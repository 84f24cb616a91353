// A node's two sockets: REP for requests, PUB for what it announces. Requests and answers have
// limits of their own, so that nobody may send what only a node may.
import { readFileSync } from 'node:fs';
import { StreamSyncError } from '@streamsync/domain';
import {
  fingerprintOfPem,
  type ListenTls,
  listenPub,
  listenSp,
  RepSocket,
  type SpPeer,
} from '@streamsync/networking-core';
import type { Log } from '@streamsync/runtime';
import {
  ANSWER_FRAME_BYTES_MAX,
  PUBLISHED_FRAME_BYTES_MAX,
  REQUEST_FRAME_BYTES_MAX,
} from '@streamsync/wire';
import type { NodeConfig } from '../config/schema.ts';

/** REQ/REP header words of as many devices as NNG allows between a peer and a node. */
const REQUEST_HEADER_BYTES_MAX = 64;

export interface NodeSockets {
  /** With the actual port. */
  readonly address: string;
  readonly publishAddress: string;
  publish(message: Uint8Array): void;
  /** Takes no more connections and requests, and resolves when those in flight are answered. */
  drain(deadlineMs: number): Promise<void>;
  /** Closes both sockets; what was written goes out first. */
  stop(): Promise<void>;
}

type Handle = (payload: Uint8Array, reply: (bytes: Uint8Array) => void, host: string) => void;

/** @throws StreamSyncError PORT_BUSY or CONFIG_INVALID, naming the address */
export async function listenNode(options: {
  readonly node: NodeConfig;
  readonly tls: ListenTls | null;
  readonly handle: Handle;
  readonly log: Log;
}): Promise<NodeSockets> {
  const { node, handle, log } = options;
  const tls = options.tls === null ? {} : { tls: options.tls };
  const rep = new RepSocket({
    handler: (payload, reply, peer) => handle(payload, (bytes) => reply.send(bytes), hostOf(peer)),
    onHandlerError: (cause) => log.error({ err: cause }, 'a request handler threw'),
    frameBytesMax: ANSWER_FRAME_BYTES_MAX,
  });
  const listener = await naming(node.listen, () =>
    listenSp(rep, {
      address: node.listen,
      frameBytesMax: REQUEST_FRAME_BYTES_MAX + REQUEST_HEADER_BYTES_MAX,
      ...tls,
    }),
  ).catch((error: unknown) => {
    rep.stop();
    throw error;
  });
  const pub = await naming(node.publish, () =>
    listenPub({ address: node.publish, frameBytesMax: PUBLISHED_FRAME_BYTES_MAX, ...tls }),
  ).catch(async (error: unknown) => {
    await listener.stop();
    rep.stop();
    throw error;
  });
  return {
    address: listener.address,
    publishAddress: pub.address,
    publish: (message) => void pub.socket.publish(message),
    drain: (deadlineMs) => {
      listener.stopAccepting();
      return rep.drain(deadlineMs);
    },
    stop: async () => {
      await Promise.all([listener.stop(), pub.stop()]);
      rep.stop();
    },
  };
}

/** The peer's address without its port. */
function hostOf({ remote }: SpPeer): string {
  return remote.slice(0, remote.lastIndexOf(':'));
}

async function naming<Result>(address: string, listen: () => Promise<Result>): Promise<Result> {
  try {
    return await listen();
  } catch (cause) {
    if (!(cause instanceof StreamSyncError)) throw cause;
    const message =
      cause.code === 'PORT_BUSY'
        ? `${address} is in use by another process: stop it, or choose another port.`
        : `${address}: ${cause.message}`;
    throw new StreamSyncError(cause.code, { ...cause.context, address }, { cause, message });
  }
}

/** The node's certificate from its files; null without TLS. @throws StreamSyncError CONFIG_INVALID */
export function readTls(node: NodeConfig): (ListenTls & { fingerprint: Uint8Array }) | null {
  if (node.tls === undefined) return null;
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      throw new StreamSyncError(
        'CONFIG_INVALID',
        { file },
        { cause, message: `${file} of node ${node.name} cannot be read.` },
      );
    }
  };
  const certificatePem = read(node.tls.certificateFile);
  const keyPem = read(node.tls.keyFile);
  const fingerprint = Buffer.from(fingerprintOfPem(certificatePem), 'hex');
  return { certificatePem, keyPem, fingerprint };
}
