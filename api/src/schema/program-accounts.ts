// The list of a program's accounts.
import { AccountRef } from './account.ts';
import { builder } from './builder.ts';
import {
  type AccountConnection,
  type AccountEdge,
  PAGE_BOUND,
  PageInfoRef,
  readConnection,
} from './connection.ts';

const ProgramAccountEdgeRef = builder.objectRef<AccountEdge>('AccountEdge').implement({
  fields: (t) => ({
    node: t.expose('node', { type: AccountRef, nullable: false }),
    cursor: t.exposeString('cursor', { nullable: false }),
  }),
});

const ProgramAccountConnectionRef = builder
  .objectRef<AccountConnection>('AccountConnection')
  .implement({
    fields: (t) => ({
      edges: t.field({
        type: [ProgramAccountEdgeRef],
        nullable: { list: false, items: false },
        resolve: (connection) => [...connection.edges],
      }),
      nodes: t.field({
        type: [AccountRef],
        nullable: { list: false, items: false },
        resolve: (connection) => connection.edges.map((edge) => edge.node),
      }),
      pageInfo: t.expose('pageInfo', { type: PageInfoRef, nullable: false }),
    }),
  });

builder.queryField('programAccounts', (t) =>
  t.field({
    type: ProgramAccountConnectionRef,
    description: 'The accounts that a program owns, in bytewise order of their addresses.',
    args: {
      program: t.arg({ type: 'Address', required: true }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    extensions: {
      chainRead: { operation: 'programAccounts.byProgram', entries: PAGE_BOUND },
    },
    resolve: (_root, { program, first, after }, context) =>
      readConnection(context, {
        operation: 'programAccounts.byProgram',
        key: program,
        first: first ?? null,
        after: after ?? null,
      }),
  }),
);
