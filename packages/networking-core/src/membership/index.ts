// Who is there, and what they announce.
export * from './announcer.ts';
export * from './membership.ts';
export * from './publications.ts';
