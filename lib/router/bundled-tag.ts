/** The image of the router that was built together with this library. */
export interface BundledRouter {
  /** `<version>-<first 12 digits of the hash>`: the same on every machine, another one as soon as a file of the router changes. */
  readonly tag: string;
  /** 64 hex digits over everything that goes into the image; undefined in the sources, where no image was built yet. */
  readonly hash: string | undefined;
  /** Platforms of the image. */
  readonly platforms: readonly string[];
}

/**
 * `npm run build` replaces this value in `build/` by that of the router which was built before (`scripts/record-router-image.mjs`), so that
 * nobody needs the router's package to know the name of its image. Code and no JSON file: bundlers follow it.
 */
export const BUNDLED_ROUTER: BundledRouter = { tag: '0.1.0-unbuilt', hash: undefined, platforms: [] };
