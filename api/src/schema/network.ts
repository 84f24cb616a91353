// The network as this gateway sees it: its nodes, its operations, the tip of the chain.
import {
  type HistoryRange,
  OPERATIONS,
  type OperationDefinition,
  SPECIALISATIONS,
} from '@streamsync/domain';
import type { NetworkPort, NodeView } from '../pipeline/ports.ts';
import { builder } from './builder.ts';

const SpecialisationEnum = builder.enumType('Specialisation', {
  description: 'What a node is built for.',
  values: SPECIALISATIONS,
});

const NodeState = builder.enumType('NodeState', {
  values: {
    READY: {},
    CONNECTING: {},
    STALE: { description: 'It is behind the chain.' },
    OWES_ROOT: { description: 'Answers of it have no signed root yet.' },
    REFUSED: { description: 'It does not speak as the configuration says that it should.' },
    TRIPPED: { description: 'It failed too often and is left alone for a while.' },
  } as const,
});

const HistoryRangeRef = builder.objectRef<HistoryRange>('HistoryRange').implement({
  description: 'Slots whose blocks are all known; both ends belong to it.',
  fields: (t) => ({
    slotFirst: t.expose('slotFirst', { type: 'Slot', nullable: false }),
    slotLast: t.expose('slotLast', { type: 'Slot', nullable: false }),
  }),
});

const NodeRef = builder.objectRef<NodeView>('Node').implement({
  description: 'A node of the network, known by its ed25519 key.',
  fields: (t) => ({
    id: t.exposeID('nodeKey', { nullable: false, description: 'Its key, in hex.' }),
    operator: t.exposeString('operator', { nullable: false }),
    specialisation: t.expose('specialisation', { type: SpecialisationEnum, nullable: false }),
    address: t.exposeString('address', { nullable: false }),
    state: t.expose('state', { type: NodeState, nullable: false }),
    appliedSlot: t.expose('appliedSlot', { type: 'Slot' }),
    historySlotFirst: t.expose('historySlotFirst', { type: 'Slot' }),
    historyRanges: t.field({
      type: [HistoryRangeRef],
      nullable: { list: false, items: false },
      description: 'The stretches of slots whose blocks it holds, the newest 64, ascending.',
      resolve: (node) => [...node.historyRanges],
    }),
    provenance: t.exposeString('provenance'),
    bidNanoUsd: t.expose('bidNanoUsd', { type: 'U64' }),
    loadPermille: t.exposeInt('loadPermille'),
    latencyP50Ms: t.exposeFloat('latencyP50Ms'),
    racesWon: t.exposeFloat('racesWon', { nullable: false }),
    answersTotal: t.exposeFloat('answersTotal', { nullable: false }),
    failuresTotal: t.exposeFloat('failuresTotal', { nullable: false }),
  }),
});

const OperationRef = builder.objectRef<OperationDefinition>('Operation').implement({
  description: 'One thing that a field asks of nodes, with its price and its guarantee.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false }),
    operationClass: t.string({ nullable: false, resolve: (operation) => operation.class.name }),
    pool: t.field({
      type: SpecialisationEnum,
      nullable: false,
      resolve: (operation) => operation.class.pool,
    }),
    costMilliUnits: t.int({
      nullable: false,
      resolve: (operation) => operation.class.costMilliUnits,
    }),
    guaranteeMs: t.float({
      nullable: false,
      resolve: (operation) => operation.class.guaranteeMs,
    }),
    slashable: t.boolean({ nullable: false, resolve: (operation) => operation.class.slashable }),
    itemsMax: t.exposeInt('itemsMax', { nullable: false }),
  }),
});

const NetworkRef = builder.objectRef<NetworkPort>('Network').implement({
  fields: (t) => ({
    genesisHash: t.expose('genesisHash', { type: 'Address', nullable: false }),
    gatewayKey: t.exposeString('gatewayKey', { nullable: false }),
    tip: t.field({
      type: 'Slot',
      description: 'The newest slot that the gateway knows of.',
      resolve: (network) => network.tip(),
    }),
    readyPools: t.field({
      type: [SpecialisationEnum],
      nullable: { list: false, items: false },
      description: 'The pools that can race now.',
      resolve: (network) => [...network.readyPools()],
    }),
    nodes: t.field({
      type: [NodeRef],
      nullable: { list: false, items: false },
      resolve: (network) => [...network.nodes()],
    }),
    operations: t.field({
      type: [OperationRef],
      nullable: { list: false, items: false },
      resolve: () => Object.values(OPERATIONS),
    }),
  }),
});

builder.queryFields((t) => ({
  network: t.field({
    type: NetworkRef,
    nullable: false,
    resolve: (_root, _args, context) => context.network,
  }),
  nodes: t.field({
    type: [NodeRef],
    nullable: { list: false, items: false },
    args: { specialisation: t.arg({ type: SpecialisationEnum }) },
    resolve: (_root, { specialisation }, context) =>
      context.network
        .nodes()
        .filter((node) => !specialisation || node.specialisation === specialisation),
  }),
  node: t.field({
    type: NodeRef,
    description: "A node by its key, in hex. This is not Relay's `node`.",
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) =>
      context.network.nodes().find((node) => node.nodeKey === String(id).toLowerCase()) ?? null,
  }),
}));
