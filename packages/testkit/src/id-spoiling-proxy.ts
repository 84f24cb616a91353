// A TCP proxy before a node that changes the request id of every reply. Frames towards the node pass
// as they are.
import { connect, createServer, type Server, type Socket } from 'node:net';

const HANDSHAKE_BYTES = 8;
const FRAME_HEADER_BYTES = 8;

export interface IdSpoilingProxy {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startIdSpoilingProxy(
  target: { readonly host: string; readonly port: number },
  spoil: () => boolean,
): Promise<IdSpoilingProxy> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((gateway) => {
    const node = connect(target);
    for (const socket of [gateway, node]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        gateway.destroy();
        node.destroy();
      });
    }
    gateway.pipe(node);
    let rest: Buffer = Buffer.alloc(0);
    let shaken = false;
    node.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      if (!shaken) {
        if (rest.length < HANDSHAKE_BYTES) return;
        gateway.write(rest.subarray(0, HANDSHAKE_BYTES));
        rest = rest.subarray(HANDSHAKE_BYTES);
        shaken = true;
      }
      while (rest.length >= FRAME_HEADER_BYTES) {
        const end = FRAME_HEADER_BYTES + rest.readUInt32BE(4);
        if (rest.length < end) return;
        const frame = Buffer.from(rest.subarray(0, end));
        rest = rest.subarray(end);
        const last = FRAME_HEADER_BYTES + 3;
        if (spoil()) frame[last] = (frame[last] as number) ^ 0x55;
        gateway.write(frame);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: target.host, port: 0 }, resolve));
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
