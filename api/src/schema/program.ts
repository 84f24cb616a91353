// Programs and the accounts that hold their code. The code itself is part of `data`.
import { accountType } from './account-type.ts';

accountType('upgradeableProgram', 'A program of the upgradeable loader.', (is) => ({
  programData: is.value('Address', (program) => program.programData),
  programDataAccount: is.link((program) => program.programData, 'The account that holds the code.'),
}));

accountType('programData', 'The code of an upgradeable program.', (is) => ({
  deployedSlot: is.value('Slot', (data) => data.deployedSlot),
  upgradeAuthority: is.maybe('Address', (data) => data.upgradeAuthority, 'Null: final.'),
  upgradeAuthorityAccount: is.link((data) => data.upgradeAuthority),
  codeSizeBytes: is.value('U64', (data) => BigInt(data.code.length), 'With the room behind it.'),
}));

accountType('programBuffer', 'Code on its way to be deployed.', (is) => ({
  authority: is.maybe('Address', (buffer) => buffer.authority, 'Null: it cannot be changed.'),
  authorityAccount: is.link((buffer) => buffer.authority),
  codeSizeBytes: is.value('U64', (buffer) => BigInt(buffer.code.length)),
}));

accountType('finalProgram', 'A program of a loader that knows no upgrades (v1 or v2).', (is) => ({
  codeSizeBytes: is.value('U64', (program) => BigInt(program.code.length)),
}));

accountType('loaderV4Program', 'A program of loader v4.', (is) => ({
  deployedSlot: is.value('Slot', (program) => program.deployedSlot),
  status: is.value('String', (program) => program.status, 'retracted, deployed or finalized.'),
  authority: is.maybe(
    'Address',
    (program) => (program.status === 'finalized' ? null : program.authorityOrNextVersion),
    'Null: the program is final.',
  ),
  nextVersion: is.maybe('Address', (program) =>
    program.status === 'finalized' ? program.authorityOrNextVersion : null,
  ),
  nextVersionAccount: is.link((program) =>
    program.status === 'finalized' ? program.authorityOrNextVersion : null,
  ),
  codeSizeBytes: is.value('U64', (program) => BigInt(program.code.length)),
}));
