import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';
import type { LabelSelector } from './pod';

/** What a metric is compared with; one of the values fits `type`. */
export interface HpaMetricTarget {
  readonly type: string;
  readonly value?: string;
  readonly averageValue?: string;
  /** Percent of the request. */
  readonly averageUtilization?: number;
}

/** A metric by name, and which of its series. */
export interface HpaMetricIdentifier {
  readonly name: string;
  readonly selector?: LabelSelector;
}

/** One metric; the field named by `type` is set. */
export interface HpaMetric {
  readonly type: string;
  readonly external?: { readonly metric: HpaMetricIdentifier; readonly target: HpaMetricTarget };
  readonly pods?: { readonly metric: HpaMetricIdentifier; readonly target: HpaMetricTarget };
  readonly object?: {
    readonly describedObject: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
    readonly metric: HpaMetricIdentifier;
    readonly target: HpaMetricTarget;
  };
  readonly resource?: { readonly name: string; readonly target: HpaMetricTarget };
  readonly containerResource?: { readonly name: string; readonly container: string; readonly target: HpaMetricTarget };
}

/** How fast the number of pods may change in one direction. */
export interface HpaScalingRules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: string;
  readonly policies?: readonly { readonly type: string; readonly value: number; readonly periodSeconds: number }[];
}

/** Fields of a `HorizontalPodAutoscaler`. */
export interface HorizontalPodAutoscalerProps extends ManifestProps {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly HpaMetric[];
    readonly behavior?: { readonly scaleUp?: HpaScalingRules; readonly scaleDown?: HpaScalingRules };
  };
}

/** An `autoscaling/v2` HorizontalPodAutoscaler, written as given. */
export class HorizontalPodAutoscaler extends Manifest {
  constructor(scope: Construct, id: string, props: HorizontalPodAutoscalerProps) {
    super(scope, id, { apiVersion: API.autoscaling, kind: 'HorizontalPodAutoscaler' }, props);
  }
}
