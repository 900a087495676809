import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';
import type { PodTemplate } from './pod';

/** Fields of a `LeaderWorkerSet`. */
export interface LeaderWorkerSetProps extends ManifestProps {
  readonly spec: {
    /**
     * Number of groups.
     * @default - absent: the controller sets 1, or an autoscaler owns the number
     */
    readonly replicas?: number;
    readonly leaderWorkerTemplate: {
      /** Pods of one group, its leader included. */
      readonly size: number;
      /** @default - the controller's: the whole group is recreated when one of its pods restarts */
      readonly restartPolicy?: string;
      /** @default - the leader runs the worker's template */
      readonly leaderTemplate?: PodTemplate;
      readonly workerTemplate: PodTemplate;
      readonly subGroupPolicy?: { readonly subGroupSize: number; readonly subGroupPolicyType?: string };
    };
    /** @default - the controller's: workers start as soon as the leader is created */
    readonly startupPolicy?: string;
    /** @default - the controller's: rolling update, one group unavailable */
    readonly rolloutStrategy?: {
      readonly type: string;
      readonly rollingUpdateConfiguration?: {
        readonly maxSurge?: number | string;
        readonly maxUnavailable?: number | string;
        readonly partition?: number;
      };
    };
    /** @default - the controller's: one headless Service for all groups */
    readonly networkConfig?: { readonly subdomainPolicy: string };
  };
}

/** A `LeaderWorkerSet` (replicated groups of pods), written as given. */
export class LeaderWorkerSet extends Manifest {
  constructor(scope: Construct, id: string, props: LeaderWorkerSetProps) {
    super(scope, id, { apiVersion: API.leaderWorkerSet, kind: 'LeaderWorkerSet' }, props);
  }
}
