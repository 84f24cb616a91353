// A stand-in of an RPC server with a complete stream, whose chain a test writes by hand: it forks,
// repeats, reorders, leaves out, lies and stops, which no real server does when it is asked to. Each
// block moves lamports between accounts of the System Program; what a source should hold is read off.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Address,
  addressFromBytes,
  blockhashFromBytes,
  parseAddress,
} from '@streamsync/domain';
import { type WebSocket, WebSocketServer } from 'ws';

const SYSTEM = parseAddress('11111111111111111111111111111111');
const GENESIS = blockhashFromBytes(new Uint8Array(32).fill(77));

export interface StandInBlock {
  readonly slot: number;
  readonly parentSlot: number;
  /** Tells blocks of one slot apart. */
  readonly branch: number;
  readonly parentBranch: number;
  /** Lamports that the block leaves, by account; 0 closes one. */
  readonly writes: ReadonlyMap<Address, number>;
}

export const accountOf = (number: number): Address => {
  const bytes = new Uint8Array(32).fill(200);
  bytes[0] = number;
  return addressFromBytes(bytes);
};

export const blockhashOf = (slot: number, branch: number): string => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, slot);
  bytes[30] = 1;
  bytes[31] = branch;
  return blockhashFromBytes(bytes);
};

export class StandInRpc {
  readonly #http = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { id, method, params } = JSON.parse(Buffer.concat(parts).toString());
      this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...this.#answer(method, params) }));
    });
  });
  readonly #ws: WebSocketServer;
  /** Subscribed sockets: what each follows by its subscription. */
  readonly #sockets = new Map<WebSocket, Map<number, string>>();
  #subscription = 0;
  /** Every block there is, of every branch. */
  readonly #blocks: StandInBlock[] = [];
  /** The chain that the server serves, ascending. */
  #chain: StandInBlock[] = [];
  readonly calls = new Map<string, number>();

  private constructor() {
    this.#ws = new WebSocketServer({ server: this.#http });
    this.#ws.on('connection', (socket) => {
      this.#sockets.set(socket, new Map());
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('message', (data: Buffer) => {
        const { id, method, params } = JSON.parse(data.toString());
        this.#subscription += 1;
        const what = method === 'programSubscribe' ? String(params[0]) : String(method);
        this.#sockets.get(socket)?.set(this.#subscription, what);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: this.#subscription }));
      });
    });
    this.extend({ slot: 0, parentSlot: 0, branch: 0, parentBranch: 0, writes: new Map() });
  }

  static async start(): Promise<StandInRpc> {
    const server = new StandInRpc();
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get tip(): StandInBlock {
    return this.#chain.at(-1) as StandInBlock;
  }

  /** Makes a block the newest of the served chain, and of it what lies below its parent. */
  extend(block: StandInBlock): StandInBlock {
    this.#blocks.push(block);
    this.serve(block);
    return block;
  }

  /** A block on the tip, one slot higher. */
  next(writes: readonly (readonly [number, number])[] = [], skipped = 0): StandInBlock {
    const { slot, branch } = this.tip;
    return this.extend({
      slot: slot + 1 + skipped,
      parentSlot: slot,
      branch,
      parentBranch: branch,
      writes: new Map(writes.map(([account, lamports]) => [accountOf(account), lamports])),
    });
  }

  /** Serves the chain that ends in a block. */
  serve(block: StandInBlock): void {
    const chain = [block];
    for (let lowest = block; lowest.slot > 0; ) {
      const parent = this.#blocks.find(
        ({ slot, branch }) => slot === lowest.parentSlot && branch === lowest.parentBranch,
      );
      if (parent === undefined) throw new Error('a block without its parent');
      chain.unshift(parent);
      lowest = parent;
    }
    this.#chain = chain;
  }

  /** Sends a block's changes and its slot to whoever listens. */
  announce(block: StandInBlock, parts: 'all' | 'writes' | 'slot' = 'all'): void {
    if (parts !== 'slot') {
      for (const [address, lamports] of block.writes) {
        const value = { pubkey: address, account: stateOf(lamports) };
        this.#notify(SYSTEM, 'programNotification', { context: { slot: block.slot }, value });
      }
    }
    if (parts === 'writes') return;
    const { slot, parentSlot: parent } = block;
    this.#notify('slotSubscribe', 'slotNotification', { slot, parent, root: 0 });
  }

  /** Announces a slot that is not there. */
  announceLie(slot: number, parent: number): void {
    this.#notify('slotSubscribe', 'slotNotification', { slot, parent, root: 0 });
  }

  get listeners(): number {
    return [...this.#sockets.values()].filter((all) => [...all.values()].includes('slotSubscribe'))
      .length;
  }

  /** Accounts as the served chain leaves them. */
  accounts(): Map<Address, number> {
    const accounts = new Map<Address, number>();
    for (const { writes } of this.#chain) {
      for (const [address, lamports] of writes) {
        if (lamports === 0) accounts.delete(address);
        else accounts.set(address, lamports);
      }
    }
    return accounts;
  }

  /** Slots and blockhashes of the served chain, ascending. */
  pins(): string[] {
    return this.#chain.map(({ slot, branch }) => `${slot} ${blockhashOf(slot, branch)}`);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.terminate();
    this.#ws.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #notify(what: string, method: string, result: unknown): void {
    for (const [socket, followed] of this.#sockets) {
      for (const [subscription, each] of followed) {
        if (each !== what) continue;
        socket.send(JSON.stringify({ jsonrpc: '2.0', method, params: { subscription, result } }));
      }
    }
  }

  #answer(method: string, params: readonly unknown[]): { result: unknown } | { error: unknown } {
    const context = { slot: this.tip.slot };
    switch (method) {
      case 'getGenesisHash':
        return { result: GENESIS };
      case 'getFirstAvailableBlock':
        return { result: 0 };
      case 'getSlot':
        return { result: this.tip.slot };
      case 'getBlocks': {
        const [from, to] = params as [number, number];
        const slots = this.#chain.map(({ slot }) => slot);
        return { result: slots.filter((slot) => slot >= from && slot <= to) };
      }
      case 'getBlock': {
        const block = this.#chain.find(({ slot }) => slot === params[0]);
        if (block === undefined) return { error: { code: -32_004, message: 'no such block' } };
        return {
          result: {
            blockhash: blockhashOf(block.slot, block.branch),
            previousBlockhash: blockhashOf(block.parentSlot, block.parentBranch),
            parentSlot: block.parentSlot,
            blockHeight: block.slot,
            blockTime: null,
            transactions: [],
          },
        };
      }
      case 'getProgramAccounts': {
        const all = params[0] === SYSTEM ? [...this.accounts()] : [];
        const value = all.map(([pubkey, lamports]) => ({ pubkey, account: stateOf(lamports) }));
        return { result: { context, value } };
      }
      case 'getMultipleAccounts': {
        const accounts = this.accounts();
        const value = (params[0] as Address[]).map((address) => {
          const lamports = accounts.get(address);
          return lamports === undefined ? null : stateOf(lamports);
        });
        return { result: { context, value } };
      }
      default:
        return { error: { code: -32_601, message: `no method ${method}` } };
    }
  }
}

function stateOf(lamports: number) {
  return { lamports, owner: SYSTEM, executable: false, data: ['', 'base64'], rentEpoch: 0 };
}
