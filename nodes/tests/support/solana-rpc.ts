// The few JSON-RPC calls with which tests check a node against the chain's own word, at 'confirmed':
// localnet then states the slot whose state it shows.
import { type AccountState, type Address, parseAddress } from '@streamsync/domain';

interface JsonAccount {
  readonly lamports: number;
  readonly owner: string;
  readonly executable: boolean;
  readonly data: readonly [string, 'base64'];
}

export interface AtSlot<Value> {
  readonly slot: bigint;
  readonly value: Value;
}

export class SolanaRpc {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async call<Result>(method: string, ...params: readonly unknown[]): Promise<Result> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(10_000),
    });
    const body = (await response.json()) as { result?: Result; error?: { message: string } };
    if (body.error !== undefined) throw new Error(`${method}: ${body.error.message}`);
    return body.result as Result;
  }

  async accounts(addresses: readonly Address[]): Promise<AtSlot<(AccountState | null)[]>> {
    const { context, value } = await this.call<{
      context: { slot: number };
      value: (JsonAccount | null)[];
    }>('getMultipleAccounts', addresses, { encoding: 'base64', commitment: 'confirmed' });
    return { slot: BigInt(context.slot), value: value.map((each) => each && stateOf(each)) };
  }

  async programAccounts(program: Address): Promise<AtSlot<Map<Address, AccountState>>> {
    const { context, value } = await this.call<{
      context: { slot: number };
      value: { pubkey: string; account: JsonAccount }[];
    }>('getProgramAccounts', program, {
      encoding: 'base64',
      commitment: 'confirmed',
      withContext: true,
    });
    return { slot: BigInt(context.slot), value: mapOf(value) };
  }

  async tokenAccountsByOwner(
    owner: Address,
    programId: Address,
  ): Promise<AtSlot<Map<Address, AccountState>>> {
    const { context, value } = await this.call<{
      context: { slot: number };
      value: { pubkey: string; account: JsonAccount }[];
    }>(
      'getTokenAccountsByOwner',
      owner,
      { programId },
      { encoding: 'base64', commitment: 'confirmed' },
    );
    return { slot: BigInt(context.slot), value: mapOf(value) };
  }
}

function mapOf(
  list: readonly { pubkey: string; account: JsonAccount }[],
): Map<Address, AccountState> {
  return new Map(list.map(({ pubkey, account }) => [parseAddress(pubkey), stateOf(account)]));
}

function stateOf(json: JsonAccount): AccountState {
  return {
    lamports: BigInt(json.lamports),
    owner: parseAddress(json.owner),
    executable: json.executable,
    data: Uint8Array.from(Buffer.from(json.data[0], 'base64')),
  };
}
