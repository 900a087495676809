/** 8xx: what the cluster underneath must have. */
export const CLUSTER_CODES = {} as const;
