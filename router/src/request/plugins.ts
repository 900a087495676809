import type { PluginTable } from '../plugin/context';
import { tokenProducer } from './token-producer';

/** Plugins of this folder by type. */
export const tokenPlugins: PluginTable = {
  'token-producer': tokenProducer,
  tokenizer: (context) => {
    context.log.warn({ plugin: context.name }, 'plugin type "tokenizer" is deprecated, write "token-producer"');
    return tokenProducer(context);
  },
};
