// The extensions of Token-2022 mints and token accounts: one shape for all, since programs add new
// ones faster than a schema should change.
import type { Extension } from '@streamsync/program-parser';
import { builder } from './builder.ts';
import { jsonValue } from './json-value.ts';

export const TokenExtensionRef = builder.objectRef<Extension>('TokenExtension').implement({
  description: 'One extension of Token-2022.',
  fields: (t) => ({
    type: t.exposeString('type', {
      nullable: false,
      description: 'The name of the extension, such as transferFeeConfig; unknown if it is new.',
    }),
    state: t.field({
      type: 'JSON',
      nullable: false,
      description: 'The fields of the extension by name.',
      resolve: (extension) => {
        const { type: _type, ...fields } = extension;
        return jsonValue(fields);
      },
    }),
  }),
});
