import type { Command } from './command';
import { IMAGE_COMMAND } from './image';
import { IMAGES_COMMAND } from './images';

/** Every command of `npx cdk8s-llm-d`, in the order of the help. */
export const COMMANDS: readonly Command[] = [IMAGE_COMMAND, IMAGES_COMMAND];
