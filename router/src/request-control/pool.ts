/** Outcome of an InferenceModelRewrite. */
export interface ModelRewrite {
  /** `metadata.name` of the object, for metrics. */
  readonly name: string;
  readonly target: string;
}

/** What is known of the pool besides its endpoints. Without a cluster, nothing. */
export interface Pool {
  readonly name: string;
  readonly namespace: string;
  /**
   * `spec.appProtocol` of the InferencePool (`http`, `kubernetes.io/h2c`).
   * @default - the pool sets none
   */
  readonly appProtocol?: string;
  /** Why endpoints can not be trusted yet; undefined once the pool and its pods are known. */
  notSynced(): string | undefined;
  /** `spec.priority` of the InferenceObjective of that name; undefined when there is none. */
  priorityOf(objective: string): number | undefined;
  /** All priorities that objectives have, for flow control's bands. */
  priorities(): readonly number[];
  /** Target for a model by the rewrite rules, with a weighted choice; undefined when no rule applies. */
  rewrite(model: string, random: () => number): ModelRewrite | undefined;
}
