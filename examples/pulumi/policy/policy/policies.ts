// Rules for what a deployment of models may ask of a cluster. They are in a module of their own, without the pack, so that they can be
// tested without a server.
import type { ResourceValidationArgs, ResourceValidationPolicy } from '@pulumi/policy';
import { hasDigest, isPinned, repositoryOf } from './images';
import { type Container, type Pod, podsOf } from './pods';

/** Label that every pod of a model server has. */
const ROLE_LABEL = 'llm-d.ai/role';
/** Container of the engine, and the container of the router. */
const ENGINE = 'modelserver';
const ROUTER = 'epp';
const ROUTER_LABEL = 'llm-d-router-gateway';

type Check = (container: Container, pod: Pod, args: ResourceValidationArgs) => string | undefined;

/** A rule that looks at each container of each pod. */
function eachContainer(check: Check): ResourceValidationPolicy['validateResource'] {
  return (args, report) => {
    for (const pod of podsOf(args.type, args.props)) {
      for (const container of pod.containers) {
        const problem = check(container, pod, args);
        if (problem !== undefined) {
          report(`container ${container.name} ${problem}`);
        }
      }
    }
  };
}

const imagesPinned: ResourceValidationPolicy = {
  name: 'images-pinned',
  description: 'Every image has a digest or the tag of a version.',
  validateResource: eachContainer(({ image = '' }) =>
    isPinned(image) ? undefined : `runs ${image || 'no image'}, which may be another image tomorrow: give it a version or a digest`,
  ),
};

const allowedRegistries: ResourceValidationPolicy = {
  name: 'allowed-registries',
  description: 'Every image comes from a registry, or a path of one, that is allowed.',
  configSchema: {
    properties: {
      registries: {
        type: 'array',
        items: { type: 'string' },
        default: ['docker.io/envoyproxy', 'docker.io/lmsysorg', 'docker.io/vllm', 'ghcr.io/llm-d'],
      },
    },
  },
  validateResource: eachContainer(({ image = '' }, _, args) => {
    const { registries } = args.getConfig<{ registries: string[] }>();
    const repository = repositoryOf(image);
    return registries.some((registry) => repository.startsWith(`${registry}/`))
      ? undefined
      : `runs ${image}, and ${repository} is below none of ${registries.join(', ')}`;
  }),
};

const acceleratorLimits: ResourceValidationPolicy = {
  name: 'accelerator-limits',
  description: 'A model server says which devices it needs, so that no two of them share one by accident.',
  validateResource: eachContainer(({ name, resources = {} }, pod) => {
    if (name !== ENGINE || pod.labels[ROLE_LABEL] === undefined) {
      return undefined;
    }
    // Devices are extended resources, which have a domain, or claims (DRA).
    const devices = Object.keys(resources.limits ?? {}).filter((limit) => limit.includes('/'));
    const claims = resources.claims ?? [];
    return devices.length + claims.length > 0 ? undefined : 'serves a model and has no limit of an accelerator and no device claim';
  }),
};

const nothingPrivileged: ResourceValidationPolicy = {
  name: 'nothing-privileged',
  description: 'No container is privileged, no pod is in the namespaces of its node.',
  validateResource: eachContainer(({ securityContext }, pod) => {
    if (pod.onHost) {
      return 'is in a pod that shares the network, the processes or the memory of its node';
    }
    return securityContext?.privileged === true ? 'is privileged' : undefined;
  }),
};

const routerByDigest: ResourceValidationPolicy = {
  name: 'router-by-digest',
  description: 'The router, which sees every prompt, is exactly the image that was reviewed.',
  validateResource: eachContainer(({ name, image = '' }, pod) =>
    name !== ROUTER || pod.labels[ROUTER_LABEL] === undefined || hasDigest(image)
      ? undefined
      : `runs the router as ${image || 'no image'}: name it by digest`,
  ),
};

/** All rules of the pack. */
export const policies: ResourceValidationPolicy[] = [imagesPinned, allowedRegistries, acceleratorLimits, nothingPrivileged, routerByDigest];
