/** 7xx: images, environment, flags, security of containers. */
export const CONTAINER_CODES = {
  LLMD701: {
    severity: 'error',
    slug: 'managed-flag',
    message: 'flag {flag} is written by the library, not by `extraArgs`: {instead}',
    why: 'Given twice, the later one wins silently, and ports, ranks or pool disagree at run time.',
  },
  LLMD702: {
    severity: 'error',
    slug: 'flag-twice',
    message: 'flag {flag} is given twice in `extraArgs`: keep one',
    why: 'Given twice, the later one wins silently.',
  },
  LLMD703: {
    severity: 'error',
    slug: 'engine-image',
    message:
      'engine {engine} has no image for {accelerator} (flavour "{flavour}"): it has {allowed}; set the engine\'s `image` or choose another engine',
    why: 'An image that was built for other devices exits at start.',
  },
  LLMD704: {
    severity: 'warning',
    slug: 'floating-image',
    message: 'image "{image}" of container "{container}" is not pinned: give a version tag or a digest',
    why: 'Two pods of one workload may run different programs; prefill and decode of different versions cannot exchange their cache.',
  },
  LLMD705: {
    severity: 'error',
    slug: 'environment-twice',
    message: 'container "{container}" has the environment variable {name} twice: keep one',
    why: 'Server-side apply refuses it, client-side apply keeps the last silently.',
  },
  LLMD706: {
    severity: 'error',
    slug: 'environment-reference',
    message: 'container "{container}" refers to $({name}) in {where}, but no variable of that name is defined before it',
    why: 'The kubelet leaves an unknown reference as it stands, so the program reads the literal text.',
  },
  LLMD707: {
    severity: 'error',
    slug: 'no-image',
    message: 'container "{container}" has no image: give one',
    why: 'The API server refuses the pod; upstream ships one such overlay.',
  },
  LLMD708: {
    severity: 'error',
    slug: 'engine-for-device',
    message:
      'engine image "{image}" was built for {given}, the devices are {accelerator}: set the accelerator or leave `image` to the library',
    why: 'An image that was built for other devices exits at start.',
  },
  LLMD709: {
    severity: 'warning',
    slug: 'ucx-memory',
    message:
      'UCX_TLS of container "{container}" names {given}, which copies memory of another vendor\'s devices: use {allowed} for {accelerator}',
    why: 'Transfers fall back to host memory or fail.',
  },
  LLMD710: {
    severity: 'error',
    slug: 'placeholder',
    message: 'container "{container}" still holds the placeholder "{given}" in {where}: replace it',
    why: 'A value that was meant to be filled in reaches the cluster as text.',
  },
  LLMD711: {
    severity: 'warning',
    slug: 'gated-without-token',
    message: 'model {model} asks for an accepted licence, and no token is given: set `tokenSecret` of ModelSource.huggingFace',
    why: 'The download ends with 401 after the pod has been scheduled.',
  },
  LLMD712: {
    severity: 'warning',
    slug: 'startup-budget',
    message:
      'the start-up budget of {given} s is less than the {needed} s that loading {model} ({size} GiB) from {source} is likely to take: raise `startupTimeout`',
    why: 'The kubelet kills a container whose startup probe has not passed, and the load begins anew.',
  },
  LLMD713: {
    severity: 'error',
    slug: 'json-flag',
    message: 'the value of {flag} in container "{container}" is not JSON: {problem}',
    why: 'The engine exits at start.',
  },
  LLMD714: {
    severity: 'warning',
    slug: 'grace-period',
    message: 'pods have {grace} s to end, the engine may take {needed} s: raise `terminationGracePeriod`',
    why: 'The kubelet kills what is still running after the grace period.',
  },
  LLMD715: {
    severity: 'error',
    slug: 'engine-cannot',
    message: '{engine} cannot {what}: {change}',
    why: 'The engine has no such mode.',
  },
  LLMD716: {
    severity: 'warning',
    slug: 'image-architecture',
    message:
      'image {image} (flavour "{flavour}") is published for {published}, nodes with {accelerator} are {architecture}: set the engine\'s `image` to a build for them, or another `network`',
    why: 'The kubelet pulls no image for another processor: the pod stays in ErrImagePull.',
  },
} as const;
