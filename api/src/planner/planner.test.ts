import fc from 'fast-check';
import { buildSchema, GraphQLError, GraphQLScalarType } from 'graphql/index.js';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChainReadSpec, Plan } from '../pipeline/ports.ts';
import { createPlanner, DocumentRefused, type Planner } from './prepare-document.ts';

/** A schema as small as the rules of planning; the rooms stay apart, so it is not the real one. */
function testSchema() {
  const schema = buildSchema(`
    directive @consistency(trust: Trust = MAJORITY, racers: Int = 3) on QUERY
    directive @deadline(ms: Int!) on QUERY
    directive @slot(at: Slot!) on QUERY
    scalar Slot
    enum Trust { FAST MAJORITY UNANIMOUS }
    type Query {
      one(id: ID, slot: Slot): Account
      versions(first: Int): Page
      parts: Parts
      many(ids: [ID!]!): [Account]
      list(owner: ID, mint: ID, first: Int): Page
      transaction: Account
      free: Free
    }
    type Parts { each: [Account] }
    type Free { one: Account text: String }
    type Page { nodes: [Account] count: Int }
    interface Account { owner: Account }
    type Wallet implements Account { owner: Account lamports: Int pages(first: Int): Page }
  `);
  const slot = schema.getType('Slot');
  if (!(slot instanceof GraphQLScalarType)) throw new Error('Slot is a scalar');
  slot.parseValue = (value) => BigInt(String(value));
  slot.parseLiteral = (node) => BigInt('value' in node ? String(node.value) : -1);
  const reads = (type: string, field: string, chainRead: ChainReadSpec) => {
    const parent = schema.getType(type);
    if (!parent || !('getFields' in parent)) throw new Error(`${type} has fields`);
    const found = parent.getFields()[field];
    if (!found) throw new Error(`${type}.${field} exists`);
    found.extensions = { chainRead };
  };
  reads('Query', 'one', { operation: 'account.get', slotFrom: 'slot' });
  reads('Query', 'versions', {
    operation: 'accountHistory.byAddress',
    entries: { argument: 'first', fallback: 20, max: 100 },
    past: true,
  });
  reads('Page', 'count', { operation: 'accounts.count', ofPage: true });
  reads('Wallet', 'pages', {
    operation: 'programAccounts.byProgram',
    entries: { argument: 'first', fallback: 1, max: 100 },
  });
  reads('Query', 'parts', { operation: 'transaction.get' });
  reads('Free', 'one', { operation: 'account.get' });
  reads('Query', 'many', { operation: 'account.get', itemsFrom: 'ids' });
  reads('Query', 'transaction', { operation: 'transaction.get' });
  reads('Query', 'list', {
    operation: { owner: 'tokenAccounts.byOwner', mint: 'tokenAccounts.byMint' },
    entries: { argument: 'first', fallback: 20, max: 100 },
  });
  const parts = schema.getType('Parts');
  if (!parts || !('getFields' in parts)) throw new Error('Parts has fields');
  const each = parts.getFields().each;
  if (!each) throw new Error('Parts.each exists');
  each.extensions = { entriesMax: 64 };
  for (const type of ['Account', 'Wallet']) reads(type, 'owner', { operation: 'account.get' });
  return schema;
}

let planner: Planner;
beforeEach(() => {
  planner = createPlanner({ schema: testSchema(), costMilliUnitsMax: 1_000_000 });
});

const planOf = (query: string, variables: Record<string, unknown> = {}): Plan =>
  planner.plan(planner.prepare(query, null), variables);

const stagesOf = (plan: Plan) =>
  plan.stages.map(({ operations }) =>
    Object.fromEntries(operations.map(({ operation, itemsMax }) => [operation, itemsMax])),
  );

describe('a plan', () => {
  it('is empty where nothing reads the chain', () => {
    const plan = planOf('{ free { text } __typename }');
    expect(plan).toMatchObject({ stages: [], pools: [], costMilliUnitsMax: 0, guaranteeMs: 0 });
  });

  it('counts siblings in one stage and their children in the next', () => {
    const plan = planOf(
      '{ a: one { owner { owner { __typename } } } b: one { __typename } transaction { owner { __typename } } free { one { __typename } } }',
    );
    expect(stagesOf(plan)).toEqual([
      { 'account.get': 3, 'transaction.get': 1 },
      { 'account.get': 2 },
      { 'account.get': 1 },
    ]);
    expect(plan.pools).toEqual(['speed', 'archive']);
    expect(plan.guaranteeMs).toBe(30);
    expect(plan.costMilliUnitsMax).toBe(7_000);
  });

  it('multiplies by the length of lists, in the document or in variables', () => {
    const literal = planOf('{ many(ids: ["a", "b", "c"]) { owner { __typename } } }');
    expect(stagesOf(literal)).toEqual([{ 'account.get': 3 }, { 'account.get': 3 }]);
    const query = 'query($ids: [ID!]!) { many(ids: $ids) { owner { __typename } } }';
    expect(stagesOf(planOf(query, { ids: Array(50).fill('x') }))).toEqual([
      { 'account.get': 50 },
      { 'account.get': 50 },
    ]);
    expect(stagesOf(planOf(query, { ids: 'x' }))).toEqual([
      { 'account.get': 1 },
      { 'account.get': 1 },
    ]);
  });

  it('counts a page as one item, and its entries for whatever is read of them', () => {
    const query =
      'query($n: Int) { list(owner: "a", first: $n) { nodes { owner { __typename } } } }';
    for (const [n, entries] of [
      [undefined, 20],
      [7, 7],
      [100, 100],
      [1_000_000, 100],
      [-5, 0],
    ] as const) {
      expect(stagesOf(planOf(query, n === undefined ? {} : { n }))).toEqual([
        { 'tokenAccounts.byOwner': 1 },
        { 'account.get': entries },
      ]);
    }
  });

  it('counts the entries of a list that comes with what was read', () => {
    const plan = planOf('{ parts { each { owner { __typename } } } }');
    expect(stagesOf(plan)).toEqual([{ 'transaction.get': 1 }, { 'account.get': 64 }]);
  });

  it('counts what a page says of itself once a page, not once an entry', () => {
    const plan = planOf(
      '{ list(owner: "a", first: 50) { count nodes { ... on Wallet { pages(first: 10) { count } } } } }',
    );
    expect(stagesOf(plan)).toEqual([
      { 'tokenAccounts.byOwner': 1 },
      { 'accounts.count': 1, 'programAccounts.byProgram': 50 },
      { 'accounts.count': 50 },
    ]);
  });

  it('is bounded by history where a slot may have left the window, and guaranteed both ways', () => {
    const query =
      'query($s: Slot) { one(slot: $s) { owner { __typename } } two: one { __typename } }';
    const now = planOf(query, { s: null });
    expect(now).toMatchObject({ costMilliUnitsMax: 3_000, guaranteeMs: 20, guaranteePastMs: 20 });
    const named = planOf(query, { s: 7 });
    expect(stagesOf(named)).toEqual(stagesOf(now));
    expect(named.pools).toEqual(['speed']);
    expect(named).toMatchObject({
      costMilliUnitsMax: 2 * 2_000 + 1_000,
      guaranteeMs: 20,
      guaranteePastMs: 100,
    });
    const literal = planOf('{ one(slot: 7) { owner { __typename } } }');
    expect(literal).toMatchObject({ costMilliUnitsMax: 4_000, guaranteePastMs: 100 });
    const directive = planOf('query @slot(at: 7) { one { __typename } }');
    expect(directive).toMatchObject({ costMilliUnitsMax: 2_000, guaranteePastMs: 50 });
  });

  it('counts what is selected of versions as history', () => {
    const plan = planOf('{ versions(first: 3) { nodes { owner { __typename } } } }');
    expect(plan).toMatchObject({
      pools: ['archive'],
      costMilliUnitsMax: 2_000 + 3 * 2_000,
      guaranteeMs: 100,
    });
    expect(stagesOf(plan)).toEqual([{ 'accountHistory.byAddress': 1 }, { 'account.at': 3 }]);
  });

  it('refuses more than 100 pages in one query, whatever they cost', () => {
    const query =
      'query($n: Int) { list(owner: "a", first: $n) { nodes { ... on Wallet { pages { __typename } } } } }';
    expect(stagesOf(planOf(query, { n: 99 }))[1]).toEqual({ 'programAccounts.byProgram': 99 });
    expect(() => planOf(query, { n: 100 })).toThrow(
      expect.objectContaining({
        code: 'QUERY_TOO_COMPLEX',
        context: { pages: 101, pagesMax: 100 },
      }),
    );
  });

  it('counts with the defaults that the document declares for its variables', () => {
    const page =
      'query($n: Int = 100) { list(owner: "a", first: $n) { nodes { owner { __typename } } } }';
    expect(stagesOf(planOf(page))[1]).toEqual({ 'account.get': 100 });
    const many = 'query($ids: [ID!] = ["a", "b", "c"]) { many(ids: $ids) { __typename } }';
    expect(stagesOf(planOf(many))).toEqual([{ 'account.get': 3 }]);
    const list = 'query($m: ID = "x", $o: ID) { list(owner: $o, mint: $m) { __typename } }';
    expect(stagesOf(planOf(list))).toEqual([{ 'tokenAccounts.byMint': 1 }]);
  });

  it('is refused when the variables do not fit', () => {
    for (const variables of [{}, { ids: null }, { ids: [{}] }]) {
      const plan = () =>
        planOf('query($ids: [ID!]!) { many(ids: $ids) { __typename } }', variables);
      expect(plan).toThrow(expect.objectContaining({ code: 'GRAPHQL_VALIDATION_FAILED' }));
    }
  });

  it('takes the operation that the arguments stand for', () => {
    const query = 'query($o: ID, $m: ID) { list(owner: $o, mint: $m) { __typename } }';
    expect(stagesOf(planOf(query, { m: 'x' }))).toEqual([{ 'tokenAccounts.byMint': 1 }]);
    expect(stagesOf(planOf(query, { o: 'x', m: null }))).toEqual([{ 'tokenAccounts.byOwner': 1 }]);
  });

  it('counts what fragments read, wherever they are spread', () => {
    const plan = planOf(
      '{ one { ...F ... on Wallet { owner { __typename } } } } fragment F on Account { owner { ...G } } fragment G on Wallet { owner { __typename } }',
    );
    expect(stagesOf(plan)).toEqual([
      { 'account.get': 1 },
      { 'account.get': 2 },
      { 'account.get': 1 },
    ]);
  });

  it('never counts less than what is asked for, however it is nested', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ids: fc.integer({ min: 1, max: 9 }), levels: fc.nat(5) }), {
          minLength: 1,
          maxLength: 8,
        }),
        (fields) => {
          const query = `{ ${fields.map(({ ids, levels }, index) => `f${index}: many(ids: [${'"x" '.repeat(ids)}]) { ${'owner { '.repeat(levels)}__typename${' }'.repeat(levels)} }`).join(' ')} }`;
          const expected = fields.reduce((sum, { ids, levels }) => sum + ids * (levels + 1), 0);
          expect(planOf(query).costMilliUnitsMax).toBe(expected * 1_000);
        },
      ),
    );
  });

  it('is refused when it may cost too much', () => {
    const query = `{ ${Array.from({ length: 11 }, (_, index) => `f${index}: list(owner: "a", first: 100) { nodes { owner { __typename } } }`).join(' ')} }`;
    expect(() => planOf(query)).toThrow(expect.objectContaining({ code: 'QUERY_TOO_COMPLEX' }));
  });

  it('carries the terms of the operation', () => {
    const plan = planOf(
      'query($r: Int) @consistency(trust: UNANIMOUS, racers: $r) @deadline(ms: 50) @slot(at: 7) { one { __typename } }',
      { r: 5 },
    );
    expect(plan.terms).toEqual({ trust: 'UNANIMOUS', racers: 5, deadlineMs: 50, slot: 7n });
    const defaults = planOf(
      'query($t: Trust = FAST, $ms: Int = 70, $at: Slot! = 9) @consistency(trust: $t) @deadline(ms: $ms) @slot(at: $at) { one { __typename } }',
    );
    expect(defaults.terms).toEqual({ trust: 'FAST', racers: 3, deadlineMs: 70, slot: 9n });
    const at = 'query($at: Slot!) @slot(at: $at) { one { __typename } }';
    for (const slot of [12, '12']) expect(planOf(at, { at: slot }).terms.slot).toBe(12n);
    expect(planOf('{ one { __typename } }').terms).toEqual({
      trust: 'MAJORITY',
      racers: 3,
      deadlineMs: 2_000,
      slot: null,
    });
  });
});

describe('a document', () => {
  it('is prepared once, by text and name', () => {
    const query = 'query A { __typename } query B { free { text } }';
    const first = planner.prepare(query, 'A');
    expect(planner.prepare(query, 'A')).toBe(first);
    expect(first.uses).toBe(2);
    expect(planner.prepare(query, 'B')).not.toBe(first);
  });

  it('that is refused says every fault, up to a bound', () => {
    try {
      planner.prepare(
        `{ ${Array.from({ length: 30 }, (_, index) => `no${index}`).join(' ')} }`,
        null,
      );
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DocumentRefused);
      const { errors } = error as DocumentRefused;
      expect(errors[0]).toBeInstanceOf(GraphQLError);
      expect(errors.length).toBeLessThanOrEqual(6);
    }
  });
});
