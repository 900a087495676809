/**
 * The typed subset of the Kubernetes pod that this library writes. Every type is open (`[key: string]: unknown`), so a field that
 * is newer than these types can still be set and is never filtered.
 */

/** A label selector that matches by equality only. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

/**
 * One environment variable.
 * @default - what is absent is not written; the API server decides
 */
export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    readonly configMapKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
  };
}

/**
 * A port of a container.
 * @default - what is absent is not written; the API server decides
 */
export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: 'TCP' | 'UDP';
}

/**
 * Where a container sees a volume.
 * @default - what is absent is not written; the API server decides
 */
export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

/**
 * How the kubelet asks a container whether it has started, is ready, or lives.
 * @default - what is absent is not written; the API server decides
 */
export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: number | string; readonly scheme?: string };
  readonly grpc?: { readonly port: number; readonly service?: string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
  readonly successThreshold?: number;
}

/**
 * What a container requests and at most gets.
 * @default - what is absent is not written; the API server decides
 */
export interface ResourceRequirements {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
  readonly claims?: readonly { readonly name: string; readonly request?: string }[];
}

/**
 * What the process of a container may do.
 * @default - what is absent is not written; the API server decides
 */
export interface SecurityContext {
  readonly allowPrivilegeEscalation?: boolean;
  readonly privileged?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly seccompProfile?: { readonly type: string; readonly localhostProfile?: string };
}

/**
 * What all containers of a pod run as.
 * @default - what is absent is not written; the API server decides
 */
export interface PodSecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly fsGroup?: number;
  readonly fsGroupChangePolicy?: string;
  readonly supplementalGroups?: readonly number[];
  readonly seccompProfile?: { readonly type: string; readonly localhostProfile?: string };
}

/**
 * One container, or init container, of a pod.
 * @default - what is absent is not written; the API server decides
 */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly ports?: readonly ContainerPort[];
  readonly resources?: ResourceRequirements;
  readonly volumeMounts?: readonly VolumeMount[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: unknown;
  readonly securityContext?: SecurityContext;
  /** `Always` on an init container makes it a native sidecar. */
  readonly restartPolicy?: string;
  readonly [key: string]: unknown;
}

/**
 * A volume that the containers of a pod can mount.
 * @default - what is absent is not written; the API server decides
 */
export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string };
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean };
  readonly hostPath?: { readonly path: string; readonly type?: string };
  readonly configMap?: { readonly name: string; readonly items?: readonly { readonly key: string; readonly path: string }[] };
  readonly secret?: { readonly secretName: string };
  readonly image?: { readonly reference: string; readonly pullPolicy?: string };
  readonly [key: string]: unknown;
}

/**
 * A taint that a pod bears.
 * @default - what is absent is not written; the API server decides
 */
export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

/**
 * A claim of devices that the containers of a pod share (dynamic resource allocation).
 * @default - what is absent is not written; the API server decides
 */
export interface PodResourceClaim {
  readonly name: string;
  readonly resourceClaimTemplateName?: string;
  readonly resourceClaimName?: string;
}

/**
 * What a pod runs and where.
 * @default - what is absent is not written; the API server decides
 */
export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: unknown;
  readonly topologySpreadConstraints?: readonly unknown[];
  readonly securityContext?: PodSecurityContext;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly priorityClassName?: string;
  readonly schedulerName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly enableServiceLinks?: boolean;
  readonly resourceClaims?: readonly PodResourceClaim[];
  readonly [key: string]: unknown;
}

/**
 * The pods that a workload makes.
 * @default - what is absent is not written; the API server decides
 */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}
