import { routerPackage } from '../router/router-package';
import type { Command } from './command';

/** `image build | push | inspect`: everything about it, its help too, is of the router's package that the working folder sees. */
export const IMAGE_COMMAND: Command = {
  name: 'image',
  usage: 'build|push|inspect',
  summary: 'build, push or describe the router images that llm-d-images.json names (needs the package llm-d-epp)',
  run: async (argv, io) => routerPackage(io.cwd).runImageCommand(argv, io),
};
