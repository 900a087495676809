/** 5xx: router and its configuration. */
export const ROUTING_CODES = {} as const;
