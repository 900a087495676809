import type { Finding } from '../findings';
import type { SynthModel } from '../model';
import { agreement } from './agreement';
import { installedApis, kubernetesFeatures } from './cluster';
import { acceleratorCount, extendedResources } from './devices';
import { gracePeriod, jsonFlags, ucxMemory } from './engine-flags';
import { environment } from './environment';
import { engineImages, images } from './images';
import { memory } from './memory';
import { downloads, startupBudget } from './model-source';
import { monitors } from './monitors';
import { names } from './names';
import { placement } from './placement';
import { engineLabels, poolOverlap, poolSelection, roleLabels, targetPorts } from './pools';
import { ports, probes } from './ports';
import { quota } from './quota';
import { objectives, routedTwice, unroutedServers } from './routes';
import { approximateBlocks, mixedPrediction } from './routing';
import type { Rule } from './rule';
import { disruptionBudgets, scaling } from './scaling';
import { selectors } from './selectors';
import { services } from './services';
import { sidecar } from './sidecar';
import { efaBackend, keepAlive, sideChannel, unspecifiedNetwork } from './transfer';
import { sharedMemory, volumes } from './volumes';
import { allToAll, groups, wideNetwork } from './wide-ep';

/** Every rule that runs at a synth. */
export const RULES: readonly Rule[] = [
  names,
  selectors,
  volumes,
  sharedMemory,
  memory,
  extendedResources,
  acceleratorCount,
  quota,
  ports,
  probes,
  services,
  monitors,
  poolSelection,
  poolOverlap,
  targetPorts,
  roleLabels,
  engineLabels,
  routedTwice,
  unroutedServers,
  objectives,
  environment,
  images,
  engineImages,
  jsonFlags,
  gracePeriod,
  ucxMemory,
  sidecar,
  sideChannel,
  keepAlive,
  unspecifiedNetwork,
  efaBackend,
  agreement,
  allToAll,
  wideNetwork,
  groups,
  downloads,
  startupBudget,
  approximateBlocks,
  mixedPrediction,
  scaling,
  disruptionBudgets,
  placement,
  installedApis,
  kubernetesFeatures,
];

/** What all rules find. */
export function runRules(model: SynthModel): readonly Finding[] {
  return RULES.flatMap((rule) => rule(model));
}
