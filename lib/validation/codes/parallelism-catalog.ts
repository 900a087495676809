/** 2xx: parallelism, accelerators, memory, volumes. */
export const PARALLELISM_CODES = {} as const;
