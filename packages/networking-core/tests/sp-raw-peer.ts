// A peer for tests that speaks SP byte by byte over a plain socket, so that it can also break the rules.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { parseSpAddress } from '../src/sp/index.ts';

/** The eight bytes of an SP handshake, spelled out independently of the code under test. */
export function handshake(protocol: number): Buffer {
  return Buffer.from([0, 0x53, 0x50, 0, protocol >> 8, protocol & 0xff, 0, 0]);
}

export function frame(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeBigUInt64BE(BigInt(payload.length));
  return Buffer.concat([header, payload]);
}

export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export class RawPeer {
  readonly socket: Socket;
  closed = false;
  receivedBytes = 0;
  #chunks: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.receivedBytes += chunk.length;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  get received(): Buffer {
    const received = Buffer.concat(this.#chunks);
    this.#chunks = [received];
    return received;
  }

  write(...pieces: Uint8Array[]): void {
    this.socket.write(Buffer.concat(pieces));
  }

  /** The payloads of the whole frames after the handshake so far. */
  frames(): Buffer[] {
    const frames: Buffer[] = [];
    const { received } = this;
    let at = 8;
    while (received.length >= at + 8) {
      const end = at + 8 + Number(received.readBigUInt64BE(at));
      if (received.length < end) break;
      frames.push(received.subarray(at + 8, end));
      at = end;
    }
    return frames;
  }
}

export function dialRaw(address: string): RawPeer {
  const { host, port } = parseSpAddress(address);
  return new RawPeer(connect({ host, port }));
}

export interface RawServer {
  readonly address: string;
  readonly peers: RawPeer[];
  stop(): Promise<void>;
}

/** Listens on `port` (0: a free one) and gives each new peer to `onPeer`. */
export async function listenRaw(onPeer: (peer: RawPeer) => void, port = 0): Promise<RawServer> {
  const peers: RawPeer[] = [];
  const server: Server = createServer((socket) => {
    const peer = new RawPeer(socket);
    peers.push(peer);
    onPeer(peer);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = server.address();
  const boundPort = bound !== null && typeof bound === 'object' ? bound.port : 0;
  return {
    address: `tcp://127.0.0.1:${boundPort}`,
    peers,
    stop: () => {
      for (const peer of peers) peer.socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
