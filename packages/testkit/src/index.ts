// Stand-ins and faults for tests.

export * from './fault-proxy.ts';
export * from './faults.ts';
export * from './faulty-node.ts';
export * from './following-node.ts';
