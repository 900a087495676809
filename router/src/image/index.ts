/** The router's image as an asset: what it holds, how it is named, and the command that builds and pushes it. */
export { type RouterImageAsset, routerImageAsset } from './asset';
export type { CommandIo } from './command/io';
export type { RouterImageOptions } from './image-options';
export { type ImagePackage, imagePackages } from './packages';
export type { ImagePlugin } from './plugins';
export { runImageCommand } from './run-image-command';
