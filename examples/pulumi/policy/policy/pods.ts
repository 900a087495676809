// The pods that a resource makes, whatever its kind.

/** A container, as far as the rules look. */
export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly resources?: { readonly limits?: Readonly<Record<string, unknown>>; readonly claims?: readonly unknown[] };
  readonly securityContext?: { readonly privileged?: boolean };
}

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly hostNetwork?: boolean;
    readonly hostPID?: boolean;
    readonly hostIPC?: boolean;
  };
}

/** A pod template and what runs in it. */
export interface Pod {
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly Container[];
  /** True when it sees the network, the processes or the memory of its node. */
  readonly onHost: boolean;
}

/** Where each kind keeps its pod templates, by Pulumi's type token. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  'kubernetes:core/v1:Pod': ['.'],
  'kubernetes:apps/v1:DaemonSet': ['spec.template'],
  'kubernetes:apps/v1:Deployment': ['spec.template'],
  'kubernetes:apps/v1:StatefulSet': ['spec.template'],
  'kubernetes:batch/v1:Job': ['spec.template'],
  'kubernetes:batch/v1:CronJob': ['spec.jobTemplate.spec.template'],
  'kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet': [
    'spec.leaderWorkerTemplate.leaderTemplate',
    'spec.leaderWorkerTemplate.workerTemplate',
  ],
};

/** The pods of a resource; none for a kind that makes none. */
export function podsOf(type: string, props: object): Pod[] {
  return (TEMPLATES[type] ?? []).flatMap((path) => {
    const template = path === '.' ? (props as Template) : (at(props, path) as Template | undefined);
    return template?.spec === undefined ? [] : [toPod(template)];
  });
}

function toPod({ metadata, spec = {} }: Template): Pod {
  return {
    labels: metadata?.labels ?? {},
    // A container that runs beside the others is an init container that is restarted.
    containers: [...(spec.initContainers ?? []), ...(spec.containers ?? [])],
    onHost: spec.hostNetwork === true || spec.hostPID === true || spec.hostIPC === true,
  };
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}
