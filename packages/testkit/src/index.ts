// Stand-ins and faults for tests.
export * from './faults.ts';
export * from './faulty-node.ts';
