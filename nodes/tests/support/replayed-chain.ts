// An RPC server with a complete stream over blocks of real JSON, which a test serves and announces in
// the order that it likes: late, twice, not at all, or of a branch that it leaves again. Accounts are
// not part of blocks: none exists here.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface ReplayedBlock {
  readonly slot: number;
  readonly parentSlot: number;
  readonly blockhash: string;
  /** getBlock's result. */
  readonly text: string;
}

const NO_BLOCK = { code: -32_004, message: 'Block not available for slot' };

export class ReplayedChain {
  readonly #genesisHash: string;
  readonly #http = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { id, method, params } = JSON.parse(Buffer.concat(parts).toString());
      response.setHeader('content-type', 'application/json');
      response.end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},${this.#answer(method, params)}}`);
    });
  });
  readonly #ws: WebSocketServer;
  /** The subscription to slots of each socket; null before it has one. */
  readonly #sockets = new Map<WebSocket, number | null>();
  #subscription = 0;
  /** Ascending. */
  #chain: readonly ReplayedBlock[] = [];
  readonly #refusals = new Map<number, number>();

  private constructor(genesisHash: string) {
    this.#genesisHash = genesisHash;
    this.#ws = new WebSocketServer({ server: this.#http });
    this.#ws.on('connection', (socket) => {
      this.#sockets.set(socket, null);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('message', (data: Buffer) => {
        const { id, method } = JSON.parse(data.toString());
        this.#subscription += 1;
        if (method === 'slotSubscribe') this.#sockets.set(socket, this.#subscription);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: this.#subscription }));
      });
    });
  }

  static async start(genesisHash: string): Promise<ReplayedChain> {
    const chain = new ReplayedChain(genesisHash);
    await new Promise<void>((resolve) => chain.#http.listen(0, '127.0.0.1', resolve));
    return chain;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** How many follow the slots. */
  get followers(): number {
    return [...this.#sockets.values()].filter((subscription) => subscription !== null).length;
  }

  /** From now on the chain is these blocks, ascending. */
  serve(chain: readonly ReplayedBlock[]): void {
    this.#chain = chain;
  }

  /** The next so many times the block of the slot is not there yet. */
  refuse(slot: number, times: number): void {
    this.#refusals.set(slot, times);
  }

  announce({ slot, parentSlot: parent }: Pick<ReplayedBlock, 'slot' | 'parentSlot'>): void {
    for (const [socket, subscription] of this.#sockets) {
      if (subscription === null) continue;
      const params = { subscription, result: { slot, parent, root: 0 } };
      socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'slotNotification', params }));
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.terminate();
    this.#ws.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  /** The member of the reply's object, as text. */
  #answer(method: string, params: readonly unknown[]): string {
    const result = (value: unknown) => `"result":${JSON.stringify(value)}`;
    const tip = this.#chain.at(-1)?.slot ?? 0;
    switch (method) {
      case 'getGenesisHash':
        return result(this.#genesisHash);
      case 'getFirstAvailableBlock':
        return result(this.#chain[0]?.slot ?? 0);
      case 'getSlot':
        return result(tip);
      case 'getBlocks': {
        const [from, to] = params as [number, number];
        const slots = this.#chain.map(({ slot }) => slot);
        return result(slots.filter((slot) => slot >= from && slot <= to));
      }
      case 'getBlock': {
        const [slot, config] = params as [number, { transactionDetails: string }];
        const block = this.#chain.find((each) => each.slot === slot);
        const refusals = this.#refusals.get(slot) ?? 0;
        if (refusals > 0) this.#refusals.set(slot, refusals - 1);
        if (block === undefined || refusals > 0) return `"error":${JSON.stringify(NO_BLOCK)}`;
        if (config.transactionDetails === 'full') return `"result":${block.text}`;
        const { transactions, ...head } = JSON.parse(block.text);
        return result(head);
      }
      case 'getProgramAccounts':
        return result({ context: { slot: tip }, value: [] });
      case 'getMultipleAccounts':
        return result({ context: { slot: tip }, value: (params[0] as unknown[]).map(() => null) });
      default:
        return `"error":${JSON.stringify({ code: -32_601, message: `no method ${method}` })}`;
    }
  }
}
