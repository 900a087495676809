import type { PluginTable } from '../../plugin/context';
import { DataParallelProfileHandler } from './data-parallel-profile-handler';
import { AlwaysDisaggMultimodalDecider, AlwaysDisaggPdDecider } from './deciders';
import { DisaggHeadersHandler } from './disagg-headers-handler';
import { DisaggProfileHandler } from './disagg-profile-handler';
import { HeaderProfileHandler } from './header-profile-handler';
import { PdProfileHandler } from './pd-profile-handler';
import { PrefixBasedPdDecider } from './prefix-based-pd-decider';
import { SingleProfileHandler } from './single-profile-handler';

/** Plugins of this folder by type. */
export const profileHandlerPlugins: PluginTable = {
  'single-profile-handler': () => new SingleProfileHandler(),
  'disagg-profile-handler': (context) => new DisaggProfileHandler(context),
  'pd-profile-handler': (context) => new PdProfileHandler(context),
  'data-parallel-profile-handler': (context) => new DataParallelProfileHandler(context),
  'header-profile-handler': (context) => new HeaderProfileHandler(context),
  'disagg-headers-handler': (context) => new DisaggHeadersHandler(context),
  'prefill-header-handler': (context) => new DisaggHeadersHandler(context),
  'always-disagg-pd-decider': () => new AlwaysDisaggPdDecider(),
  'prefix-based-pd-decider': (context) => new PrefixBasedPdDecider(context),
  'always-disagg-multimodal-decider': () => new AlwaysDisaggMultimodalDecider(),
};
