// accountSubscribe and programSubscribe. The final state that a slot leaves is sent once, when the
// slot closes, whatever the commitment: there are no forks, so a closed slot never changes.
//
// One deviation from a validator: an account that leaves a program (it was closed or assigned to
// another program) is also sent to the subscribers of the program that it left, in its new state,
// when its old state passed their filters. Without it no follower of a program could ever learn
// that an account is gone. A closed account has no lamports, no data and the system program as owner.
import { type AccountState, invariant } from '@streamsync/domain';
import { SYSTEM_PROGRAM } from '../chain/addresses.ts';
import {
  accountEncoding,
  accountFilter,
  encodeAccount,
  keyedAccount,
} from '../rpc/encode-account.ts';
import { address, commitment, fields } from '../rpc/params.ts';
import type { Subscribe } from './subscription.ts';

const CLOSED: AccountState = {
  lamports: 0n,
  owner: SYSTEM_PROGRAM,
  executable: false,
  data: new Uint8Array(),
};

export const accountSubscribe: Subscribe = (_chain, params) => {
  const key = address(params[0], 'pubkey');
  const config = fields(params[1], 'config');
  commitment(config);
  const encoding = accountEncoding(config);
  return {
    notification: 'accountNotification',
    stage: 'state',
    onSlotClosed: ({ block, writes }) =>
      writes
        .filter((write) => write.address === key)
        .map(({ after }) => ({
          context: { slot: block.slot },
          value: encodeAccount(after ?? CLOSED, encoding),
        })),
  };
};

export const programSubscribe: Subscribe = (_chain, params) => {
  const program = address(params[0], 'program');
  const config = fields(params[1], 'config');
  commitment(config);
  const encoding = accountEncoding(config);
  const accepts = accountFilter(config);
  return {
    notification: 'programNotification',
    stage: 'state',
    onSlotClosed: ({ block, writes }) =>
      writes.flatMap(({ address: key, before, after }) => {
        invariant(before !== null || after !== null, 'a write changes something');
        const stays = after !== null && after.owner === program;
        const left = !stays && before?.owner === program && accepts(before);
        if (!left && !(stays && accepts(after))) return [];
        return [
          { context: { slot: block.slot }, value: keyedAccount(key, after ?? CLOSED, encoding) },
        ];
      }),
  };
};
