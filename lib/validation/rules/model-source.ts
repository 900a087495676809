import { loadSeconds } from '../../engines/probes';
import type { Probe } from '../../manifests/pod';
import { type Finding, finding } from '../findings';
import { type EngineView, engineOfRole, enginesOf, envValue, hasEnv, type Rule } from './rule';

const TOKENS = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HF_TOKEN_PATH'];

/** V17, V58: a gated model has a token, and a download has room. */
export const downloads: Rule = (model) => {
  const engines = engineOfRole(model);
  return model.servers.flatMap((servers) => {
    const { path } = servers;
    const { kind, token, facts, servedName, cacheGib } = servers.model;
    const loading = servers.roles.map((role) => engines.get(role)).filter((engine) => engine !== undefined && downloadsModel(engine));
    if (kind !== 'huggingFace' || loading.length === 0) {
      return [];
    }
    const hasToken =
      token !== undefined || loading.every((engine) => TOKENS.some((name) => hasEnv((engine as EngineView).container, name)));
    return [
      ...(facts.gated === true && !hasToken ? [finding('LLMD711', path, { model: servedName })] : []),
      ...(cacheGib !== undefined && facts.weightGib !== undefined && cacheGib < facts.weightGib
        ? [finding('LLMD227', path, { size: `${cacheGib} GiB`, model: servedName, needed: `${Math.ceil(facts.weightGib)} GiB` })]
        : []),
    ];
  });
};

function downloadsModel({ role, container }: EngineView): boolean {
  return role.engine.kind !== 'simulator' && envValue(container, 'HF_HUB_OFFLINE') !== '1';
}

/** V30: the kubelet waits as long as loading the model may take. */
export const startupBudget: Rule = (model) =>
  enginesOf(model).flatMap(({ servers, role, container, workload, serving }): readonly Finding[] => {
    const { facts, kind, servedName } = servers.model;
    const needed = loadSeconds(facts.weightGib, kind);
    const given = budgetOf(container.startupProbe ?? container.livenessProbe);
    return needed === undefined || given === undefined || given >= needed || role.engine.kind === 'simulator' || !serving
      ? []
      : [
          finding('LLMD712', workload.object.path, {
            given,
            needed,
            model: servedName,
            size: facts.weightGib as number,
            source: SOURCES[kind],
          }),
        ];
  });

const SOURCES = { huggingFace: 'Hugging Face', pvc: 'a PersistentVolumeClaim', oci: 'an image' } as const;

/** Seconds until the kubelet gives up; what a probe leaves out is Kubernetes' default. */
function budgetOf(probe: Probe | undefined): number | undefined {
  return probe === undefined
    ? undefined
    : Number(probe.initialDelaySeconds ?? 0) + Number(probe.periodSeconds ?? 10) * Number(probe.failureThreshold ?? 3);
}
