/** 3xx: labels, pools, ports, probes, monitoring. */
export const POOL_CODES = {} as const;
