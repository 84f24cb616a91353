// The sockets as the rest of the system uses them: a protocol and its one endpoint together, in both
// roles each. Invariant: `stop` ends the endpoint, every connection and every timer.
import { type DialOptions, dialSp, type SpDialer } from './dial-sp.ts';
import { type ListenOptions, listenSp, type SpListener } from './listen-sp.ts';
import { type PubOptions, PubSocket } from './pub-socket.ts';
import { type RepOptions, RepSocket } from './rep-socket.ts';
import { type ReqOptions, ReqSocket } from './req-socket.ts';
import type { SpProtocol } from './sp-connection.ts';
import { type SubOptions, SubSocket } from './sub-socket.ts';

export interface Dialed<Socket> {
  readonly socket: Socket;
  readonly dialer: SpDialer;
  stop(): void;
}

export interface Listening<Socket> {
  readonly socket: Socket;
  /** With the actual port. */
  readonly address: string;
  stop(): Promise<void>;
}

export interface ListeningRep extends Listening<RepSocket> {
  /** With `drainMs` it takes no more requests and lets those in flight be answered first. */
  stop(drainMs?: number): Promise<void>;
}

export function dialReq(options: DialOptions & ReqOptions): Dialed<ReqSocket> {
  return dialed(new ReqSocket(options), options);
}

export function dialRep(options: DialOptions & RepOptions): Dialed<RepSocket> {
  return dialed(new RepSocket(options), options);
}

export function dialPub(options: DialOptions & PubOptions): Dialed<PubSocket> {
  return dialed(new PubSocket(options), options);
}

export function dialSub(options: DialOptions & SubOptions): Dialed<SubSocket> {
  return dialed(new SubSocket(options), options);
}

export async function listenReq(
  options: ListenOptions & ReqOptions,
): Promise<Listening<ReqSocket>> {
  return listening(new ReqSocket(options), options);
}

export async function listenRep(options: ListenOptions & RepOptions): Promise<ListeningRep> {
  const socket = new RepSocket(options);
  const listener = await listenOrStop(socket, options);
  return {
    socket,
    address: listener.address,
    stop: async (drainMs = 0) => {
      listener.stopAccepting();
      if (drainMs > 0) await socket.drain(drainMs);
      await listener.stop();
      socket.stop();
    },
  };
}

export async function listenPub(
  options: ListenOptions & PubOptions,
): Promise<Listening<PubSocket>> {
  return listening(new PubSocket(options), options);
}

export async function listenSub(
  options: ListenOptions & SubOptions,
): Promise<Listening<SubSocket>> {
  return listening(new SubSocket(options), options);
}

interface Stoppable extends SpProtocol {
  stop?(): void;
}

function dialed<Socket extends Stoppable>(socket: Socket, options: DialOptions): Dialed<Socket> {
  try {
    const dialer = dialSp(socket, options);
    return {
      socket,
      dialer,
      stop: () => {
        socket.stop?.();
        dialer.stop();
      },
    };
  } catch (cause) {
    socket.stop?.();
    throw cause;
  }
}

async function listening<Socket extends Stoppable>(
  socket: Socket,
  options: ListenOptions,
): Promise<Listening<Socket>> {
  const listener = await listenOrStop(socket, options);
  return {
    socket,
    address: listener.address,
    stop: async () => {
      socket.stop?.();
      await listener.stop();
    },
  };
}

async function listenOrStop(socket: Stoppable, options: ListenOptions): Promise<SpListener> {
  try {
    return await listenSp(socket, options);
  } catch (cause) {
    socket.stop?.();
    throw cause;
  }
}
