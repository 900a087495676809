/** 7xx: images, environment, flags, security of containers. */
export const CONTAINER_CODES = {} as const;
