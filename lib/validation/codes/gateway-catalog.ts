/** 6xx: gateway, rollout, autoscaling. */
export const GATEWAY_CODES = {} as const;
