// An operator's process with a gateway's side for each of its nodes, as the front-door tests use it.
import type { HeartbeatPin } from '@streamsync/wire';
import { type Running, startOperator } from './run-command.ts';
import { type ReadyNode, TestGateway } from './test-gateway.ts';
import { until } from './until.ts';

interface OperatorOptions {
  /** Of `streamsync run`, beside the config. */
  readonly args?: readonly string[];
  /** SHA-256 of the nodes' certificate in hex, where they listen on TLS. */
  readonly tlsFingerprint?: string;
}

export class OperatorUnderTest {
  readonly configFile: string;
  readonly #options: OperatorOptions;
  readonly #gateways = new Map<string, TestGateway>();
  #running: Running;

  private constructor(configFile: string, options: OperatorOptions, running: Running) {
    this.configFile = configFile;
    this.#options = options;
    this.#running = running;
    this.#connect();
  }

  static async start(
    configFile: string,
    options: OperatorOptions = {},
  ): Promise<OperatorUnderTest> {
    const running = await startOperator(configFile, ...(options.args ?? []));
    return new OperatorUnderTest(configFile, options, running);
  }

  get nodes(): readonly ReadyNode[] {
    return this.#running.ready.nodes as ReadyNode[];
  }

  get metricsUrl(): string {
    return this.#running.ready.metricsUrl as string;
  }

  address(name: string): string {
    return this.nodes.find((node) => node.name === name)?.address ?? '';
  }

  node(name: string): TestGateway {
    const gateway = this.#gateways.get(name);
    if (gateway === undefined) throw new Error(`no node ${name}`);
    return gateway;
  }

  /** The announced pin of exactly that slot. */
  pinAt(name: string, slot: bigint): Promise<HeartbeatPin> {
    return until(`the pin of slot ${slot} of ${name}`, () =>
      this.node(name).heartbeat?.pins.find((pin) => pin.slot === slot),
    );
  }

  /** The items of an answer. Fails where the node fails. */
  async items(
    name: string,
    ...call: Parameters<TestGateway['call']>
  ): Promise<readonly Uint8Array[]> {
    const result = await this.node(name).call(...call);
    if (result.kind === 'failed') throw new Error(`${call[0]} failed: ${result.code}`);
    return result.items;
  }

  async metrics(path: string): Promise<string> {
    return (await fetch(`${this.metricsUrl}${path}`)).text();
  }

  /** Ends the process; returns its exit code, or the signal that ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    for (const gateway of this.#gateways.values()) gateway.stop();
    this.#gateways.clear();
    return this.#running.stop(signal);
  }

  /** Tells the process to stop while the gateways stay; returns its exit code. */
  endWithoutDisconnecting(): Promise<number | NodeJS.Signals> {
    return this.#running.stop('SIGTERM');
  }

  /** Kills the process as a power cut would, and starts it again. */
  async killAndRestart(): Promise<void> {
    await this.stop('SIGKILL');
    this.#running = await startOperator(this.configFile);
    this.#connect();
  }

  #connect(): void {
    const genesisHash = this.#running.ready.genesisHash as string;
    for (const node of this.nodes) {
      this.#gateways.set(node.name, new TestGateway(node, genesisHash, this.#options));
    }
  }
}
